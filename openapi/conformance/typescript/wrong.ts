// What the service would refuse does not compile: this file fails where one of these lines is right.

import type { components } from "./hss.js";
import type { components as lists, operations } from "./tasks.js";

type Rescan = components["schemas"]["RescanVulScanTaskRequestInfo"];
type Clusters = components["schemas"]["ClusterScanInfo"];
type Retry = components["schemas"]["RetryTaskRequestBody"];
type Tasks = lists["schemas"]["ListTasksRequestBody"];
type Hosts = operations["listVulScanTaskHost"]["parameters"]["query"];

export const right: [Rescan, Rescan, Clusters, Clusters, Retry] = [
  { range_type: "all_failed_host" },
  { range_type: "specific_host", host_ids: ["host-a"] },
  { range_type: "all_failed_cluster" },
  { range_type: "specific_cluster", cluster_info_list: [{ cluster_id: "cluster-1", scan_type_list: ["benchmark"] }] },
  { task_type: "cluster_scan" },
];

// @ts-expect-error: hosts beside all that failed
export const hostsBesideAll: Rescan = { range_type: "all_failed_host", host_ids: ["host-a"] };
// @ts-expect-error: no hosts where some are meant
export const noHosts: Rescan = { range_type: "specific_host" };
// @ts-expect-error: no range
export const noRange: Rescan = { host_ids: ["host-a"] };
// @ts-expect-error: a range of the other operation
export const otherRange: Rescan = { range_type: "all_failed_cluster" };
// @ts-expect-error: an id that is no text
export const number: Rescan = { range_type: "specific_host", host_ids: [1] };
// @ts-expect-error: clusters beside all that failed
export const clustersBesideAll: Clusters = { range_type: "all_failed_cluster", cluster_info_list: [{}] };
// @ts-expect-error: no clusters where some are meant
export const noClusters: Clusters = { range_type: "specific_cluster" };
// @ts-expect-error: no type of task
export const noType: Retry = { cluster_scan_info: { range_type: "all_failed_cluster" } };
// @ts-expect-error: another type of task
export const otherType: Retry = { task_type: "host_scan" };
// @ts-expect-error: no type of task
export const noTypeOfTasks: Tasks = { task_status: "finished" };
// @ts-expect-error: a filter of a value that does not exist
export const otherStatus: Hosts = { scan_status: "paused" };
// @ts-expect-error: a member that can be missing
export const alwaysThere: string = ({} as lists["schemas"]["VulScanTaskInfo"]).id;
