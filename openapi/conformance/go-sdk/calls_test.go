// Calls the operations through the official Go SDK, as its users do, against running simulators.
//
// HSS_SIM_URL is the URL of one that takes any task, HSS_ENDPOINT that of one with the built-in tasks, OPENAPI the folder that
// holds the wire cases.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/basic"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/config"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/sdkerr"
	hss "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/hss/v5"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/hss/v5/model"
)

// The simulator's own dummies, which its README names.
const (
	project     = "0123456789abcdef0123456789abcdef"
	accessKey   = "HSSSIMDUMMYKEY000001"
	secretKey   = "hss-sim-dummy-secret-key-0000000000-0001"
	wrongSecret = "hss-sim-dummy-secret-key-0000000000-0002"
	signed      = ", SignedHeaders=user-agent;x-project-id;x-sdk-date, Signature="
)

var (
	builtIn = os.Getenv("HSS_ENDPOINT")
	anyTask = os.Getenv("HSS_SIM_URL")
	// Both operations in all their forms. They name what the simulator's own tasks hold.
	forms = map[string]bool{
		"rescan.all_failed_host": true, "rescan.all_granted_eps": true, "rescan.specific_host": true,
		"retry.all_failed_cluster": true, "retry.all_granted_eps": true, "retry.specific_cluster": true,
		"retry.without_cluster_scan_info": true,
	}
	// Ends of names of cases that the SDK cannot run, and why.
	skipped = map[string]string{
		".task_id_slash": "the SDK puts ids into the URL as they are, which leads to another path",
	}
	run, notRun int
)

type wireCase struct {
	Operation string
	Inputs    struct {
		ProjectID           string  `json:"project_id"`
		TaskID              string  `json:"task_id"`
		EnterpriseProjectID *string `json:"enterprise_project_id"`
		Body                json.RawMessage
	}
	Request struct {
		Method, Path string
		Query        map[string]any
		Headers      map[string]string
		Body         any
	}
	Answer  map[string]any
	Outcome struct{ Result string }
}

type recorded struct {
	Operation string
	Headers   map[string]string
	Wire      struct {
		Method, Path string
		Query        map[string]any
		Body         any
	}
}

func simulator(t *testing.T, url, method, path string, body any) []recorded {
	t.Helper()
	content, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequest(method, url+"/_sim/"+path, bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var all struct{ Requests []recorded }
	if response.StatusCode != http.StatusNoContent {
		if err := json.NewDecoder(response.Body).Decode(&all); err != nil {
			t.Fatal(err)
		}
	}
	return all.Requests
}

func reset(t *testing.T, url string, clockOffset int) {
	simulator(t, url, "POST", "reset", map[string]int{"clock_offset": clockOffset})
}

func load(t *testing.T, path string) (wire wireCase) {
	content, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(content, &wire)
	}
	if err != nil {
		t.Fatal(err)
	}
	return wire
}

func openapi() string {
	if openapi := os.Getenv("OPENAPI"); openapi != "" {
		return openapi
	}
	return "../.."
}

func connect(url, secret string) (*hss.HssClient, error) {
	credentials, err := basic.NewCredentialsBuilder().
		WithAk(accessKey).WithSk(secret).WithProjectId(project).SafeBuild()
	if err != nil {
		return nil, err
	}
	http, err := hss.HssClientBuilder().
		WithEndpoint(url).
		WithCredential(credentials).
		WithHttpConfig(config.DefaultHttpConfig().WithTimeout(20 * time.Second)).
		SafeBuild()
	if err != nil {
		return nil, err
	}
	return hss.NewHssClient(http), nil
}

func send(url string, wire wireCase, secret string) (int, error) {
	client, err := connect(url, secret)
	if err != nil {
		return 0, err
	}
	inputs := wire.Inputs
	if wire.Operation == "recreateVulScanTask" {
		request := model.RecreateVulScanTaskRequest{TaskId: inputs.TaskID, EnterpriseProjectId: inputs.EnterpriseProjectID}
		if err := json.Unmarshal(inputs.Body, &request.Body); err != nil {
			return 0, err
		}
		done, err := client.RecreateVulScanTask(&request)
		if err != nil {
			return 0, err
		}
		return done.HttpStatusCode, nil
	}
	request := model.RetryTaskRequest{TaskId: inputs.TaskID, EnterpriseProjectId: inputs.EnterpriseProjectID}
	if err := json.Unmarshal(inputs.Body, &request.Body); err != nil {
		return 0, err
	}
	done, err := client.RetryTask(&request)
	if err != nil {
		return 0, err
	}
	return done.HttpStatusCode, nil
}

func accepted(t *testing.T, url string, wire wireCase) {
	t.Helper()
	if status, err := send(url, wire, secretKey); err != nil || status != http.StatusOK {
		t.Errorf("status %d, %v", status, err)
	}
}

func refused(t *testing.T, wire wireCase, secret string, words ...string) {
	t.Helper()
	status, err := send(builtIn, wire, secret)
	var refusal *sdkerr.ServiceResponseError
	if !errors.As(err, &refusal) || refusal.StatusCode != 401 || refusal.ErrorCode != "APIGW.0301" {
		t.Fatalf("status %d, %v", status, err)
	}
	for _, word := range words {
		if !strings.Contains(refusal.ErrorMessage, word) {
			t.Errorf("the message %q does not hold %q", refusal.ErrorMessage, word)
		}
	}
}

func TestAccepted(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(openapi(), "wire", "*.json"))
	if err != nil || len(paths) == 0 {
		t.Fatal("there is no case", err)
	}
	found, used := 0, map[string]bool{}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".json")
		wire := load(t, path)
		// A header cannot hold every project id that a path can; tokens are not sent.
		if wire.Outcome.Result != "accepted" || wire.Inputs.ProjectID != project || strings.Contains(name, ".token_") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			for end, why := range skipped {
				if strings.HasSuffix(name, end) {
					used[end] = true
					notRun++
					t.Skip(why)
				}
			}
			run++
			url := anyTask
			if forms[name] {
				found++
				url = builtIn
			}
			reset(t, url, 0)
			accepted(t, url, wire)
			check(t, wire, simulator(t, url, "GET", "requests", nil))
		})
	}
	if found != len(forms) || len(used) != len(skipped) {
		t.Errorf("%d forms ran, and of the skipped ends %v those of cases are %v", found, skipped, used)
	}
}

// check says whether the one request that arrived is what a case says, signed in place of a token.
func check(t *testing.T, wire wireCase, requests []recorded) {
	t.Helper()
	if len(requests) != 1 {
		t.Fatalf("%d requests arrived, not 1", len(requests))
	}
	request := requests[0]
	headers := request.Headers
	got := []any{request.Operation, request.Wire.Method, request.Wire.Path, request.Wire.Query, request.Wire.Body, headers["content-type"], headers["x-project-id"]}
	want := []any{wire.Operation, wire.Request.Method, wire.Request.Path, wire.Request.Query, wire.Request.Body, wire.Request.Headers["content-type"], project}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("arrived %v, not %v", got, want)
	}
	if _, ok := headers["x-auth-token"]; ok || headers["x-sdk-date"] == "" || headers["host"] == "" {
		t.Errorf("headers %v", headers)
	}
	if !strings.Contains(headers["authorization"], signed) {
		t.Errorf("authorization is %q", headers["authorization"])
	}
}

func TestRefused(t *testing.T) {
	for _, name := range []string{"rescan.specific_host", "retry.specific_cluster"} {
		wire := load(t, filepath.Join(openapi(), "wire", name+".json"))
		// Clocks may differ by a quarter of an hour.
		for _, minutes := range []int{14, -14, 16, -16} {
			t.Run(fmt.Sprint(name, " with the clock ", minutes, " minutes ahead"), func(t *testing.T) {
				run++
				reset(t, builtIn, minutes*60)
				if minutes == 14 || minutes == -14 {
					accepted(t, builtIn, wire)
				} else {
					refused(t, wire, secretKey, "more than 15 minutes", "server time")
				}
				if arrived := simulator(t, builtIn, "GET", "requests", nil); len(arrived) != 1 {
					t.Errorf("%d requests arrived, not 1", len(arrived))
				}
			})
		}
		t.Run(name+" with wrong secrets, which lock the key", func(t *testing.T) {
			run++
			reset(t, builtIn, 0)
			accepted(t, builtIn, wire)
			for range [6]int{} {
				refused(t, wire, wrongSecret, "does not match", "canonicalRequest:PUT|")
			}
			refused(t, wire, secretKey, "locked")
			if arrived := simulator(t, builtIn, "GET", "requests", nil); len(arrived) != 8 {
				t.Errorf("%d requests arrived, not 8", len(arrived))
			}
		})
	}
}

func TestMain(m *testing.M) {
	code := m.Run()
	fmt.Printf("cases: %d run, 0 refused by the client, %d not run\n", run, notRun)
	os.Exit(code)
}
