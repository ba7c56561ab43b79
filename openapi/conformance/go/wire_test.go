// Every case of wire/ through the generated client, against a running simulator.
//
// HSS_SIM_URL is the simulator's URL, OPENAPI the folder that holds wire/.
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
)

type wireCase struct {
	Operation string
	Inputs    struct {
		AuthToken           string  `json:"auth_token"`
		ProjectID           string  `json:"project_id"`
		TaskID              string  `json:"task_id"`
		EnterpriseProjectID *string `json:"enterprise_project_id"`
		Body                json.RawMessage
	}
	Request map[string]any
	Answer  struct {
		Status  int               `json:"status"`
		Headers map[string]string `json:"headers"`
		Body    any               `json:"body"`
	}
	IfSentAnyway map[string]any `json:"if_sent_anyway"`
}

const dots = "the document states no limit that excludes an id of dots alone, which no URL can carry"

var (
	simulatorURL = os.Getenv("HSS_SIM_URL")
	// Ends of names of cases that the client cannot run, and why.
	skipped              = map[string]string{"_id_dot": dots, "_id_dots": dots}
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

func call(wire wireCase) (*http.Response, error) {
	configuration := hss.NewConfiguration()
	configuration.Servers = hss.ServerConfigurations{{URL: simulatorURL}}
	configuration.HTTPClient = &http.Client{
		Timeout:       20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	api := hss.NewAPIClient(configuration).ScanTasksAPI
	inputs := wire.Inputs
	ctx := context.WithValue(context.Background(), hss.ContextAPIKeys, map[string]hss.APIKey{
		"AuthToken": {Key: inputs.AuthToken},
	})
	if wire.Operation == "recreateVulScanTask" {
		var body hss.RescanVulScanTaskRequestInfo
		if err := json.Unmarshal(inputs.Body, &body); err != nil {
			return nil, err
		}
		request := api.RecreateVulScanTask(ctx, inputs.ProjectID, inputs.TaskID).RescanVulScanTaskRequestInfo(body)
		if inputs.EnterpriseProjectID != nil {
			request = request.EnterpriseProjectId(*inputs.EnterpriseProjectID)
		}
		return request.Execute()
	}
	var body hss.RetryTaskRequestBody
	if err := json.Unmarshal(inputs.Body, &body); err != nil {
		return nil, err
	}
	request := api.RetryTask(ctx, inputs.ProjectID, inputs.TaskID).RetryTaskRequestBody(body)
	if inputs.EnterpriseProjectID != nil {
		request = request.EnterpriseProjectId(*inputs.EnterpriseProjectID)
	}
	return request.Execute()
}

// outcome is what the client says of the answer; nil where it refuses the inputs before sending.
func outcome(t *testing.T, wire wireCase) map[string]any {
	response, err := call(wire)
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
		return found
	}
	// It decodes errors only of the statuses that the document lists.
	var said hss.ErrorResponse
	if json.Unmarshal(body, &said) == nil {
		found["error_code"], found["error_msg"] = said.ErrorCode, said.ErrorMsg
	}
	return found
}

// expected is what the client has to say of the answer to a request that the case allows.
func expected(wire wireCase, foreign bool) map[string]any {
	wanted := map[string]any{"status": float64(wire.Answer.Status)}
	if wire.Answer.Status == http.StatusOK {
		// What comes with a success is not the service's.
		wanted["content"] = wire.Answer.Body != nil
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
	foreign := strings.HasPrefix(name, "error.")
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
		if found[name] != value {
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
	paths, err := filepath.Glob(filepath.Join(folder, "wire", "*.json"))
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
