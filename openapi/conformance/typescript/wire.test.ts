// Every case of `wire/` and `wire-tasks/` through the generated clients, against a running simulator.
//
// HSS_SIM_URL is the simulator's URL, OPENAPI the folder that holds both.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, test } from "node:test";
import createClient from "openapi-fetch";
import type * as scans from "./hss.js";
import type * as tasks from "./tasks.js";

type Operations = scans.operations & tasks.operations;
type Body<O> = O extends { requestBody: { content: { "application/json": infer B } } } ? B : never;

interface Wire {
  headers: Record<string, string>;
}

interface About {
  request: Wire | null;
  answer: { status: number; headers: Record<string, string>; body: Record<string, unknown> | string | null };
  outcome: { result: string };
  if_sent_anyway: Record<string, unknown>;
}

type Case = {
  [O in keyof Operations]: About & {
    operation: O;
    inputs: Operations[O]["parameters"]["path"] & {
      auth_token: string;
      enterprise_project_id?: string;
      query?: NonNullable<Operations[O]["parameters"]["query"]>;
      body: Body<Operations[O]>;
    };
  };
}[keyof Operations];

const url = process.env["HSS_SIM_URL"];
assert(url, "HSS_SIM_URL names no simulator");
const folder = process.env["OPENAPI"] ?? "../..";
const names = ["wire", "wire-tasks"].flatMap((cases) =>
  readdirSync(`${folder}/${cases}`).map((file) => `${cases}/${file.replace(/\.json$/, "")}`),
);
const dots = "the document states no limit that excludes an id of dots alone, which no URL can carry";
// Ends of names of cases that the client cannot run, and why.
const skipped: Record<string, string> = { _id_dot: dots, _id_dots: dots };

async function simulator(method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(`${url}/_sim/${path}`, { method, body: body === undefined ? null : JSON.stringify(body) });
  const text = await answer.text();
  assert(answer.ok, text);
  return text === "" ? undefined : JSON.parse(text);
}

function send({ operation, inputs }: Case) {
  const { auth_token, enterprise_project_id } = inputs;
  const client = createClient<scans.paths & tasks.paths>({
    baseUrl: url ?? "",
    headers: { "X-Auth-Token": auth_token },
    redirect: "manual",
  });
  const signal = AbortSignal.timeout(20_000);
  const query = enterprise_project_id === undefined ? {} : { enterprise_project_id };
  // A success that is not a read has no content; what came in its place is seen as text.
  const settings = { parseAs: "text" as const, signal };
  switch (operation) {
    case "recreateVulScanTask":
      return client.PUT("/v5/{project_id}/vulnerability/scan/task/{task_id}/rescan", {
        params: { path: inputs, query },
        body: inputs.body,
        ...settings,
      });
    case "retryTask":
      return client.PUT("/v5/{project_id}/common/tasks/{task_id}/retry", {
        params: { path: inputs, query },
        body: inputs.body,
        ...settings,
      });
    case "listVulScanTask":
      return client.GET("/v5/{project_id}/vulnerability/scan-tasks", {
        params: { path: inputs, query: inputs.query ?? {} },
        signal,
      });
    case "listVulScanTaskHost":
      return client.GET("/v5/{project_id}/vulnerability/scan-task/{task_id}/hosts", {
        params: { path: inputs, query: inputs.query ?? {} },
        signal,
      });
    case "listTasks":
      return client.POST("/v5/{project_id}/common/tasks/batch-query", {
        params: { path: inputs, query: inputs.query ?? {} },
        body: inputs.body,
        signal,
      });
    case "listTaskResources":
      return client.POST("/v5/{project_id}/common/tasks/{task_id}/resources/batch-query", {
        params: { path: inputs, query: inputs.query ?? {} },
        body: inputs.body,
        signal,
      });
  }
}

/** What the client says of the answer. */
async function outcome(wire: Case): Promise<Record<string, unknown>> {
  const { data, error, response } = await send(wire);
  return {
    status: response.status,
    content: typeof data === "object" ? data : Boolean(data),
    // What is no JSON, as from a proxy, comes as a text or not at all.
    error_code: error?.error_code,
    error_msg: error?.error_msg,
    request_id: response.headers.get("X-Request-Id"),
  };
}

/** What the client has to say of the answer to a request that the case allows. */
function expected({ answer, outcome }: Case, foreign: boolean): Record<string, unknown> {
  const wanted: Record<string, unknown> = { status: answer.status };
  if (answer.status === 200) {
    // What comes with a success that is not a read is not the service's. A read is given as it came: types are not checked.
    wanted["content"] = outcome.result === "read" ? answer.body : answer.body !== null;
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
    const foreign = name.includes("/error.") || wire.outcome.result === "read";
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
