// Rescans the servers that failed in the simulator's own task, and shows how a refusal looks.

import createClient from "openapi-fetch";
import type { paths } from "./hss.js";

const client = createClient<paths>({
  baseUrl: process.env["HSS_ENDPOINT"] ?? "",
  headers: { "X-Auth-Token": "hss-sim-token-5f0c2d7e" },
  // A redirect is no answer of the service.
  redirect: "manual",
});

for (const task_id of ["2b31ed52-0a1b-4c2d-8e3f-ebedb6e57000", "no-such-task"]) {
  const { error, response } = await client.PUT("/v5/{project_id}/vulnerability/scan/task/{task_id}/rescan", {
    params: { path: { project_id: "0123456789abcdef0123456789abcdef", task_id } },
    body: { range_type: "all_failed_host" },
    signal: AbortSignal.timeout(30_000),
  });
  if (response.status === 200) {
    console.log("accepted, request id", response.headers.get("X-Request-Id"));
  } else {
    console.log("refused:", response.status, error?.error_code, error?.error_msg);
  }
}
