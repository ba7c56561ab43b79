// The official Go SDK and our command read the same of the same tasks.
//
// HSS_SIM_URL is the URL of a simulator that has the tasks of tasks.json, HSS_BIN is the command hss. The SDK reads pages of 10
// rows, the command pages of 200; lists of servers and clusters have more than either.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"sort"
	"strings"
	"testing"
	"time"

	hss "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/hss/v5"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/hss/v5/model"
)

type row = map[string]any

// plain is a value as its JSON.
func plain(t *testing.T, value any) (plain row) {
	t.Helper()
	content, err := json.Marshal(value)
	if err == nil {
		err = json.Unmarshal(content, &plain)
	}
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

func list(value any) (rows []row) {
	values, _ := value.([]any)
	for _, value := range values {
		rows = append(rows, value.(row))
	}
	return rows
}

// reader reads a page by the SDK.
type reader = func(client *hss.HssClient, limit, offset *int32) (any, error)

// pages reads all rows by the SDK, and shows each as our command does.
func pages(t *testing.T, rows string, read reader, show func(row) row) (found []row, err error) {
	t.Helper()
	client, err := connect(anyTask, secretKey)
	if err != nil {
		return nil, err
	}
	for total := 1; len(found) < total; {
		limit, offset := int32(10), int32(len(found))
		answer, err := read(client, &limit, &offset)
		if err != nil {
			return nil, err
		}
		page := plain(t, answer)
		if len(list(page[rows])) == 0 {
			t.Fatal("a page without rows before the last")
		}
		for _, one := range list(page[rows]) {
			found = append(found, show(one))
		}
		total = int(page["total_num"].(float64))
	}
	return found, nil
}

// command is what our command reads.
func command(t *testing.T, code int, arguments ...string) (read row) {
	t.Helper()
	arguments = append(arguments, "--output=json", "--pace=off", "--project-id", project, "--endpoint", anyTask)
	command := exec.Command(os.Getenv("HSS_BIN"), arguments...)
	// No profile file of the user's.
	command.Env = []string{"HOME=" + t.TempDir(), "HUAWEICLOUD_SDK_AK=" + accessKey, "HUAWEICLOUD_SDK_SK=" + secretKey}
	var errors bytes.Buffer
	command.Stderr = &errors
	said, _ := command.Output()
	if command.ProcessState.ExitCode() != code {
		t.Fatal(command.ProcessState, errors.String())
	}
	if err := json.Unmarshal(said, &read); err != nil {
		t.Fatal(err)
	}
	return read
}

// same compares what the SDK and our command read, whatever the order, and the states that the rows show.
func same(t *testing.T, found []row, shown row, rows string, states ...any) {
	t.Helper()
	read := list(shown[rows])
	if shown["complete"] != true || shown["unreadable"] != 0.0 || shown["total"] != float64(len(read)) {
		t.Errorf("complete %v, unreadable %v, total %v", shown["complete"], shown["unreadable"], shown["total"])
	}
	for _, rows := range [][]row{found, read} {
		sort.Slice(rows, func(i, j int) bool {
			return fmt.Sprint(rows[i]["id"], rows[i]["task_id"]) < fmt.Sprint(rows[j]["id"], rows[j]["task_id"])
		})
	}
	if !reflect.DeepEqual(found, read) {
		t.Errorf("the SDK reads %v, hss %v", found, read)
	}
	wanted, there := map[any]bool{}, map[any]bool{}
	for _, state := range states {
		wanted[state] = true
	}
	for _, row := range read {
		there[row["status"]] = true
	}
	if !reflect.DeepEqual(there, wanted) {
		t.Errorf("the states are %v, not %v", there, wanted)
	}
}

// item shows a server or cluster as our command does.
func item(kind, scan, details string) func(row) row {
	return func(given row) row {
		scans := []any{}
		for _, detail := range list(given[details]) {
			reason := detail["failed_reason"]
			scans = append(scans, row{"scan": detail[scan], "status": detail["status"], "failed_reason": reason})
		}
		shown := row{"id": given[kind+"_id"], "name": given[kind+"_name"], "status": given["scan_status"], "scans": scans}
		shown["row"] = given
		return shown
	}
}

// task shows a task as our command does.
func task(kind, id, trigger, status, scans string, given, counts row) row {
	shown := row{
		"kind": kind + "s", "task_id": given[id], "name": given["task_name"], "trigger": given[trigger],
		"status": given[status], "scans": counts[scans], "start_time": nil, "end_time": nil,
		"row": given,
	}
	if shown["scans"] == nil {
		shown["scans"] = []any{}
	}
	counted := map[string]string{"server": "_host_num", "cluster": "_cluster_num"}[kind]
	for _, state := range []string{"scanning", "success", "failed"} {
		shown[state] = counts[state+counted]
	}
	for _, name := range []string{"start_time", "end_time"} {
		if milliseconds, ok := given[name].(float64); ok {
			shown[name] = time.UnixMilli(int64(milliseconds)).UTC().Format("2006-01-02T15:04:05Z")
		}
	}
	return shown
}

func serverTasks(t *testing.T) ([]row, error) {
	return pages(t, "data_list", func(client *hss.HssClient, limit, offset *int32) (any, error) {
		return client.ListVulScanTask(&model.ListVulScanTaskRequest{Limit: limit, Offset: offset})
	}, func(given row) row {
		return task("server", "id", "scan_type", "status", "scan_vul_types", given, given)
	})
}

func clusterTasks(t *testing.T) ([]row, error) {
	return pages(t, "data_list", func(client *hss.HssClient, limit, offset *int32) (any, error) {
		body := model.ListTasksRequestBody{TaskType: "cluster_scan"}
		return client.ListTasks(&model.ListTasksRequest{Limit: limit, Offset: offset, Body: &body})
	}, func(given row) row {
		counts, _ := given["cluster_scan_info"].(row)
		return task("cluster", "task_id", "trigger_type", "task_status", "scan_type_list", given, counts)
	})
}

func servers(t *testing.T, status *string) ([]row, error) {
	return pages(t, "data_list", func(client *hss.HssClient, limit, offset *int32) (any, error) {
		return client.ListVulScanTaskHost(&model.ListVulScanTaskHostRequest{
			TaskId: "many-servers", ScanStatus: status, Limit: limit, Offset: offset,
		})
	}, item("host", "vul_type", "vul_scan_details"))
}

func clusters(t *testing.T, status *string) ([]row, error) {
	body := model.ListTaskResourcesRequestBody{TaskType: "cluster_scan"}
	if status != nil {
		body.ClusterScanInfo = &model.ListTaskResourcesRequestBodyClusterScanInfo{ScanStatus: status}
	}
	return pages(t, "cluster_scan_data_list", func(client *hss.HssClient, limit, offset *int32) (any, error) {
		return client.ListTaskResources(&model.ListTaskResourcesRequest{
			TaskId: "many-clusters", Body: &body, Limit: limit, Offset: offset,
		})
	}, item("cluster", "scan_type", "scan_detail_list"))
}

func TestReads(t *testing.T) {
	check := func(list string, read func() ([]row, error), states []any, arguments ...string) {
		t.Run(fmt.Sprint(arguments), func(t *testing.T) {
			run++
			found, err := read()
			if err != nil {
				t.Fatal(err)
			}
			same(t, found, command(t, 0, arguments...), list, states...)
		})
	}
	states := []any{"running", "finished", "paused", nil}
	check("tasks", func() ([]row, error) { return serverTasks(t) }, states, "tasks", "--servers")
	check("tasks", func() ([]row, error) { return clusterTasks(t) }, states, "tasks", "--clusters")
	// What rows show that a filter leaves; some show a state that no one knows, or none.
	shown := map[string][]any{"failed": {"failed", "paused"}, "scanning": {"scanning"}, "success": {"success", nil}}
	shown[""] = []any{"failed", "scanning", "success", "paused", nil}
	for status, states := range shown {
		status := status
		var wanted *string
		var flags []string
		if status != "" {
			wanted, flags = &status, []string{"--status", status}
		}
		hosts := append([]string{"hosts", "many-servers"}, flags...)
		check("items", func() ([]row, error) { return servers(t, wanted) }, states, hosts...)
		resources := append([]string{"clusters", "many-clusters"}, flags...)
		check("items", func() ([]row, error) { return clusters(t, wanted) }, states, resources...)
	}
}

// The SDK loses the whole page of a row of another shape. Our command leaves the row out and says so.
func TestARowOfAnotherShape(t *testing.T) {
	run++
	answer := load(t, filepath.Join(openapi(), "wire-tasks", "tasks.unreadable_row.json")).Answer
	answer["times"] = 2
	reset(t, anyTask, 0)
	simulator(t, anyTask, "POST", "faults", answer)
	if found, err := serverTasks(t); err == nil || !strings.Contains(err.Error(), "DataList") {
		t.Errorf("the SDK reads %v, %v", found, err)
	}
	read := command(t, 6, "tasks", "--servers")
	tasks := list(read["tasks"])
	if len(tasks) != 1 || tasks[0]["task_id"] != "a" || read["unreadable"] != 2.0 || read["complete"] != false {
		t.Errorf("hss reads %v", read)
	}
}
