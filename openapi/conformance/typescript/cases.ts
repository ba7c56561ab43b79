// Calls both operations through the generated client.
//
// Reads one JSON object a line: {"endpoint", "operation", "inputs"}, the inputs as openapi/README.md describes them. Prints one
// a line: {"status", "content", "error_code", "error_msg", "request_id"}, where "content" says whether a success came with
// any; or {"failure"}, an exception.

import { createInterface } from "node:readline";
import createClient from "openapi-fetch";
import type { components, paths } from "./hss.js";

type Schemas = components["schemas"];

interface Inputs {
  auth_token: string;
  project_id: string;
  task_id: string;
  enterprise_project_id?: string;
}

type Call = { endpoint: string } & (
  | { operation: "recreateVulScanTask"; inputs: Inputs & { body: Schemas["RescanVulScanTaskRequestInfo"] } }
  | { operation: "retryTask"; inputs: Inputs & { body: Schemas["RetryTaskRequestBody"] } }
);

async function outcome(call: Call): Promise<Record<string, unknown>> {
  const { auth_token, project_id, task_id, enterprise_project_id } = call.inputs;
  const client = createClient<paths>({
    baseUrl: call.endpoint,
    headers: { "X-Auth-Token": auth_token },
    redirect: "manual",
  });
  const settings = {
    params: {
      path: { project_id, task_id },
      query: enterprise_project_id === undefined ? {} : { enterprise_project_id },
    },
    // A success has no content; what came in its place is seen as text.
    parseAs: "text" as const,
    signal: AbortSignal.timeout(20_000),
  };
  const { data, error, response } =
    call.operation === "recreateVulScanTask"
      ? await client.PUT("/v5/{project_id}/vulnerability/scan/task/{task_id}/rescan", { ...settings, body: call.inputs.body })
      : await client.PUT("/v5/{project_id}/common/tasks/{task_id}/retry", { ...settings, body: call.inputs.body });
  return {
    status: response.status,
    content: Boolean(data),
    // What is no JSON, as from a proxy, comes as a text or not at all.
    error_code: error?.error_code,
    error_msg: error?.error_msg,
    request_id: response.headers.get("X-Request-Id"),
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  // The compiler cannot see what a line holds: here alone wrong combinations are let through, so that the service is seen
  // to refuse them.
  const call = JSON.parse(line) as Call;
  const result = await outcome(call).catch((failure: unknown) => ({ failure: String(failure) }));
  console.log(JSON.stringify(result));
}
