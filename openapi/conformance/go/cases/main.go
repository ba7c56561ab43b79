// Command cases calls both operations through the generated client.
//
// It reads one JSON object a line: {"endpoint", "operation", "inputs"}, the inputs as openapi/README.md describes them. It prints
// one a line: {"status", "content", "error_code", "error_msg", "request_id"}, where "content" says whether a success came with
// any; or {"refused"}, why the client sent nothing; or {"failure"}, an error that is neither.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"

	"hss-client/hss"
)

type call struct {
	Endpoint  string `json:"endpoint"`
	Operation string `json:"operation"`
	Inputs    struct {
		AuthToken           string          `json:"auth_token"`
		ProjectID           string          `json:"project_id"`
		TaskID              string          `json:"task_id"`
		EnterpriseProjectID *string         `json:"enterprise_project_id"`
		Body                json.RawMessage `json:"body"`
	} `json:"inputs"`
}

type outcome struct {
	Status    int     `json:"status,omitempty"`
	Content   bool    `json:"content"`
	ErrorCode *string `json:"error_code,omitempty"`
	ErrorMsg  *string `json:"error_msg,omitempty"`
	RequestID string  `json:"request_id,omitempty"`
	Refused   string  `json:"refused,omitempty"`
	Failure   string  `json:"failure,omitempty"`
}

func send(call call) (*http.Response, error) {
	configuration := hss.NewConfiguration()
	configuration.Servers = hss.ServerConfigurations{{URL: call.Endpoint}}
	configuration.HTTPClient = &http.Client{
		Timeout:       20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	api := hss.NewAPIClient(configuration).ScanTasksAPI
	inputs := call.Inputs
	ctx := context.WithValue(context.Background(), hss.ContextAPIKeys, map[string]hss.APIKey{
		"AuthToken": {Key: inputs.AuthToken},
	})
	if call.Operation == "recreateVulScanTask" {
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

func run(call call) outcome {
	response, err := send(call)
	if response == nil {
		var transport *url.Error
		if errors.As(err, &transport) {
			return outcome{Failure: err.Error()}
		}
		return outcome{Refused: fmt.Sprint(err)}
	}
	found := outcome{Status: response.StatusCode, RequestID: response.Header.Get("X-Request-Id")}
	// The generated client has read the body, and left a copy.
	body, _ := io.ReadAll(response.Body)
	if err == nil {
		found.Content = len(body) > 0
		return found
	}
	// It decodes errors of the statuses alone that the document lists.
	var said hss.ErrorResponse
	if json.Unmarshal(body, &said) == nil {
		found.ErrorCode, found.ErrorMsg = &said.ErrorCode, &said.ErrorMsg
	}
	return found
}

func main() {
	lines := bufio.NewReader(os.Stdin)
	answers := json.NewEncoder(os.Stdout)
	for {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return
		}
		var next call
		if err == nil {
			err = json.Unmarshal(line, &next)
		}
		found := outcome{Failure: fmt.Sprint(err)}
		if err == nil {
			found = run(next)
		}
		if err := answers.Encode(found); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
