// Every case of wire/ and wire-tasks/ through the generated clients, against a running simulator.
//
// HSS_SIM_URL is the simulator's URL, OPENAPI the folder that holds both.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"hss-client/hss"
	"hss-client/tasks"
)

type wireCase struct {
	Operation string
	Inputs    struct {
		AuthToken           string          `json:"auth_token"`
		ProjectID           string          `json:"project_id"`
		TaskID              string          `json:"task_id"`
		EnterpriseProjectID json.RawMessage `json:"enterprise_project_id"`
		Query               map[string]json.RawMessage
		Body                json.RawMessage
	}
	Request map[string]any
	Answer  struct {
		Status  int               `json:"status"`
		Headers map[string]string `json:"headers"`
		Body    any               `json:"body"`
	}
	Outcome struct {
		Result  string
		Content any
	}
	IfSentAnyway map[string]any `json:"if_sent_anyway"`
}

const (
	dots = "the document states no limit that excludes an id of dots alone, which no URL can carry"
	rows = "a row of another shape costs this client the whole answer, or is read as an empty one"
)

var (
	simulatorURL = os.Getenv("HSS_SIM_URL")
	// Ends of names of cases that the client cannot run, and why.
	skipped = map[string]string{
		"_id_dot": dots, "_id_dots": dots, ".unreadable_row": rows, ".unreadable_detail": rows,
	}
	run, refused, notRun int
)

func simulator(t *testing.T, method, path string, body any) []map[string]any {
	t.Helper()
	content, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequest(method, simulatorURL+"/_sim/"+path, bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	said, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode >= 300 {
		t.Fatal(err, string(said))
	}
	var recorded struct{ Requests []map[string]any }
	if len(said) > 0 {
		if err := json.Unmarshal(said, &recorded); err != nil {
			t.Fatal(err)
		}
	}
	return recorded.Requests
}

// call returns the answer, and what the client has read of it.
func call(wire wireCase) (*http.Response, any, error) {
	client := &http.Client{
		Timeout:       20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	starting, reading := hss.NewConfiguration(), tasks.NewConfiguration()
	starting.Servers, starting.HTTPClient = hss.ServerConfigurations{{URL: simulatorURL}}, client
	reading.Servers, reading.HTTPClient = tasks.ServerConfigurations{{URL: simulatorURL}}, client
	scans, lists := hss.NewAPIClient(starting).ScanTasksAPI, tasks.NewAPIClient(reading).TasksAPI

	inputs := wire.Inputs
	project, task := inputs.ProjectID, inputs.TaskID
	ctx := context.WithValue(context.Background(), hss.ContextAPIKeys, map[string]hss.APIKey{
		"AuthToken": {Key: inputs.AuthToken},
	})
	ctx = context.WithValue(ctx, tasks.ContextAPIKeys, map[string]tasks.APIKey{"AuthToken": {Key: inputs.AuthToken}})
	switch wire.Operation {
	case "recreateVulScanTask":
		return execute(scans.RecreateVulScanTask(ctx, project, task), wire)
	case "retryTask":
		return execute(scans.RetryTask(ctx, project, task), wire)
	case "listVulScanTask":
		return execute(lists.ListVulScanTask(ctx, project), wire)
	case "listVulScanTaskHost":
		return execute(lists.ListVulScanTaskHost(ctx, project, task), wire)
	case "listTasks":
		return execute(lists.ListTasks(ctx, project), wire)
	default:
		return execute(lists.ListTaskResources(ctx, project, task), wire)
	}
}

// execute sets what the case gives by the methods of the request that have its names, and sends the request.
func execute(started any, wire wireCase) (*http.Response, any, error) {
	request := reflect.ValueOf(started)
	given := map[string]json.RawMessage{"EnterpriseProjectId": wire.Inputs.EnterpriseProjectID}
	for name, value := range wire.Inputs.Query {
		method := ""
		for _, word := range strings.Split(name, "_") {
			method += strings.ToUpper(word[:1]) + word[1:]
		}
		given[method] = value
	}
	for number := 0; number < request.NumMethod(); number++ {
		method := request.Type().Method(number)
		value := given[method.Name]
		// The method for the body has the name of its type.
		if method.Type.NumIn() == 2 && method.Type.In(1).Name() == method.Name {
			value = wire.Inputs.Body
		}
		if value == nil {
			continue
		}
		argument := reflect.New(method.Type.In(1))
		if err := json.Unmarshal(value, argument.Interface()); err != nil {
			return nil, nil, err
		}
		request = request.Method(number).Call([]reflect.Value{argument.Elem()})[0]
	}
	results := request.MethodByName("Execute").Call(nil)
	response, _ := results[len(results)-2].Interface().(*http.Response)
	err, _ := results[len(results)-1].Interface().(error)
	return response, results[0].Interface(), err
}

// outcome is what the client says of the answer; nil where it refuses the inputs before sending.
func outcome(t *testing.T, wire wireCase) map[string]any {
	response, read, err := call(wire)
	if response == nil {
		var transport *url.Error
		if err == nil || errors.As(err, &transport) {
			t.Fatal(err)
		}
		return nil
	}
	found := map[string]any{
		"status":     float64(response.StatusCode),
		"request_id": response.Header.Get("X-Request-Id"),
	}
	// The generated client has read the body, and left a copy.
	body, _ := io.ReadAll(response.Body)
	if err == nil {
		found["content"] = len(body) > 0
		if wire.Outcome.Result == "read" {
			found["content"] = plain(t, read)
		}
		return found
	}
	// It decodes errors only of the statuses that the document lists.
	var said hss.ErrorResponse
	if json.Unmarshal(body, &said) == nil {
		found["error_code"], found["error_msg"] = said.ErrorCode, said.ErrorMsg
	}
	return found
}

// plain is a value as its JSON.
func plain(t *testing.T, value any) (plain any) {
	content, err := json.Marshal(value)
	if err == nil {
		err = json.Unmarshal(content, &plain)
	}
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

// expected is what the client has to say of the answer to a request that the case allows.
func expected(wire wireCase, foreign bool) map[string]any {
	wanted := map[string]any{"status": float64(wire.Answer.Status)}
	if wire.Answer.Status == http.StatusOK {
		// What comes with a success that is not a read is not the service's.
		wanted["content"] = wire.Answer.Body != nil
		if wire.Outcome.Result == "read" {
			wanted["content"] = wire.Outcome.Content
		}
	} else if body, ok := wire.Answer.Body.(map[string]any); ok {
		if _, ok := body["error_code"].(string); ok {
			wanted["error_code"], wanted["error_msg"] = body["error_code"], body["error_msg"]
		}
	}
	if id, ok := wire.Answer.Headers["x-request-id"]; ok && foreign {
		wanted["request_id"] = id
	}
	return wanted
}

func check(t *testing.T, name string, wire wireCase) {
	foreign := strings.HasPrefix(name, "error.") || wire.Outcome.Result == "read"
	reset := map[string]any{"token": wire.Inputs.AuthToken}
	if wire.Request != nil {
		// A project outside the limits does not exist.
		reset["project_id"] = wire.Inputs.ProjectID
	}
	simulator(t, "POST", "reset", reset)
	if foreign {
		simulator(t, "POST", "faults", wire.Answer)
	}
	found := outcome(t, wire)
	arrived := simulator(t, "GET", "requests", nil)
	if found == nil {
		refused++
		if wire.Request != nil || len(arrived) > 0 {
			t.Fatal("the client refuses a valid request, or sends what it refuses")
		}
		return
	}
	if len(arrived) != 1 {
		t.Fatalf("%d requests arrived, not 1", len(arrived))
	}
	wanted := wire.IfSentAnyway
	if wire.Request != nil {
		// The simulator shows no token; that it is right is seen by its being accepted.
		wire.Request["headers"].(map[string]any)["x-auth-token"] = "***"
		if !reflect.DeepEqual(arrived[0]["wire"], any(wire.Request)) {
			t.Errorf("arrived %v, not %v", arrived[0]["wire"], wire.Request)
		}
		wanted = expected(wire, foreign)
	}
	for name, value := range wanted {
		if !reflect.DeepEqual(found[name], value) {
			t.Errorf("%s is %v, not %v", name, found[name], value)
		}
	}
	if found["request_id"] == "" && !foreign {
		t.Error("there is no request id")
	}
}

func TestWire(t *testing.T) {
	folder := os.Getenv("OPENAPI")
	if folder == "" {
		folder = "../.."
	}
	paths, err := filepath.Glob(filepath.Join(folder, "wire*", "*.json"))
	if err != nil || len(paths) == 0 {
		t.Fatal("there is no case", err)
	}
	used := map[string]bool{}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".json")
		t.Run(name, func(t *testing.T) {
			for end, why := range skipped {
				if strings.HasSuffix(name, end) {
					used[end] = true
					notRun++
					t.Skip(why)
				}
			}
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var wire wireCase
			if err := json.Unmarshal(content, &wire); err != nil {
				t.Fatal(err)
			}
			run++
			check(t, name, wire)
		})
	}
	if len(used) != len(skipped) {
		t.Errorf("of the skipped ends %v only %v are those of cases", skipped, used)
	}
}

func TestMain(m *testing.M) {
	code := m.Run()
	fmt.Printf("wire cases: %d run, %d refused by the client, %d not run\n", run, refused, notRun)
	os.Exit(code)
}
