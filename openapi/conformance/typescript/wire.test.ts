// Every case of `wire/` through the generated client, against a running simulator.
//
// HSS_SIM_URL is the simulator's URL, OPENAPI the folder that holds `wire/`.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, test } from "node:test";
import createClient from "openapi-fetch";
import type { components, paths } from "./hss.js";

type Schemas = components["schemas"];

interface Inputs {
  auth_token: string;
  project_id: string;
  task_id: string;
  enterprise_project_id?: string;
}

interface Wire {
  headers: Record<string, string>;
}

type Case = {
  request: Wire | null;
  answer: { status: number; headers: Record<string, string>; body: Record<string, unknown> | string | null };
  if_sent_anyway: Record<string, unknown>;
} & (
  | { operation: "recreateVulScanTask"; inputs: Inputs & { body: Schemas["RescanVulScanTaskRequestInfo"] } }
  | { operation: "retryTask"; inputs: Inputs & { body: Schemas["RetryTaskRequestBody"] } }
);

const url = process.env["HSS_SIM_URL"];
assert(url, "HSS_SIM_URL names no simulator");
const folder = `${process.env["OPENAPI"] ?? "../.."}/wire`;
const names = readdirSync(folder).map((file) => file.replace(/\.json$/, ""));
const dots = "the document states no limit that excludes an id of dots alone, which no URL can carry";
// Ends of names of cases that the client cannot run, and why.
const skipped: Record<string, string> = { _id_dot: dots, _id_dots: dots };

async function simulator(method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(`${url}/_sim/${path}`, { method, body: body === undefined ? null : JSON.stringify(body) });
  const text = await answer.text();
  assert(answer.ok, text);
  return text === "" ? undefined : JSON.parse(text);
}

/** What the client says of the answer. */
async function outcome(call: Case): Promise<Record<string, unknown>> {
  const { auth_token, project_id, task_id, enterprise_project_id } = call.inputs;
  const client = createClient<paths>({ baseUrl: url ?? "", headers: { "X-Auth-Token": auth_token }, redirect: "manual" });
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

/** What the client has to say of the answer to a request that the case allows. */
function expected({ answer }: Case, foreign: boolean): Record<string, unknown> {
  const wanted: Record<string, unknown> = { status: answer.status };
  if (answer.status === 200) {
    // What comes with a success is not the service's.
    wanted["content"] = answer.body !== null;
  } else if (typeof answer.body === "object" && typeof answer.body?.["error_code"] === "string") {
    wanted["error_code"] = answer.body["error_code"];
    wanted["error_msg"] = answer.body["error_msg"];
  }
  if (foreign && "x-request-id" in answer.headers) {
    wanted["request_id"] = answer.headers["x-request-id"];
  }
  return wanted;
}

let run = 0;
let notRun = 0;
for (const name of names) {
  const why = Object.entries(skipped).find(([end]) => name.endsWith(end))?.[1];
  if (why !== undefined) {
    notRun += 1;
  }
  test(name, { skip: why ?? false }, async () => {
    run += 1;
    // The compiler cannot see what a file holds: only here are wrong combinations let through, so that the service is seen to
    // refuse them.
    const wire = JSON.parse(readFileSync(`${folder}/${name}.json`, "utf8")) as Case;
    const { inputs, request } = wire;
    const foreign = name.startsWith("error.");
    // A project outside the limits does not exist.
    await simulator("POST", "reset", { token: inputs.auth_token, project_id: request && inputs.project_id });
    if (foreign) {
      await simulator("POST", "faults", wire.answer);
    }
    const found = await outcome(wire);
    const { requests } = (await simulator("GET", "requests")) as { requests: { wire: Wire }[] };
    assert.equal(requests.length, 1);
    if (request) {
      // The simulator shows no token; that it is right is seen by its being accepted.
      request.headers["x-auth-token"] = "***";
      assert.deepEqual(requests[0]?.wire, request);
    }
    const wanted = request ? expected(wire, foreign) : wire.if_sent_anyway;
    assert.deepEqual({ ...found, ...wanted }, found);
    assert(found["request_id"] !== null || foreign, "there is no request id");
  });
}

test("each skipped end is that of a case", () => {
  for (const end of Object.keys(skipped)) {
    assert(names.some((name) => name.endsWith(end)), end);
  }
});

// The types exclude what the client could refuse.
after(() => console.log(`wire cases: ${run} run, 0 refused by the client, ${notRun} not run`));
