// Command hss-sdk calls both operations through the official Go SDK, as its users do.
//
// It reads one JSON object a line: {"endpoint", "project_id", "access_key", "secret_key", "operation", "inputs"}, the inputs as
// openapi/README.md describes them. It prints one a line: {"status", "error_code", "error_msg", "failure"}, where "failure" is
// an error that is no answer of the service.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/basic"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/config"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/sdkerr"
	hss "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/hss/v5"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/hss/v5/model"
)

type call struct {
	Endpoint  string `json:"endpoint"`
	ProjectID string `json:"project_id"`
	AccessKey string `json:"access_key"`
	SecretKey string `json:"secret_key"`
	Operation string `json:"operation"`
	Inputs    struct {
		TaskID              string          `json:"task_id"`
		EnterpriseProjectID *string         `json:"enterprise_project_id"`
		Body                json.RawMessage `json:"body"`
	} `json:"inputs"`
}

type outcome struct {
	Status    int    `json:"status,omitempty"`
	ErrorCode string `json:"error_code,omitempty"`
	ErrorMsg  string `json:"error_msg,omitempty"`
	Failure   string `json:"failure,omitempty"`
}

func send(call call) (int, error) {
	credentials, err := basic.NewCredentialsBuilder().
		WithAk(call.AccessKey).WithSk(call.SecretKey).WithProjectId(call.ProjectID).SafeBuild()
	if err != nil {
		return 0, err
	}
	http, err := hss.HssClientBuilder().
		WithEndpoint(call.Endpoint).
		WithCredential(credentials).
		WithHttpConfig(config.DefaultHttpConfig().WithTimeout(20 * time.Second)).
		SafeBuild()
	if err != nil {
		return 0, err
	}
	client, inputs := hss.NewHssClient(http), call.Inputs
	if call.Operation == "recreateVulScanTask" {
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

func run(call call) outcome {
	status, err := send(call)
	if err == nil {
		return outcome{Status: status}
	}
	var refusal *sdkerr.ServiceResponseError
	if errors.As(err, &refusal) {
		return outcome{Status: refusal.StatusCode, ErrorCode: refusal.ErrorCode, ErrorMsg: refusal.ErrorMessage}
	}
	return outcome{Failure: err.Error()}
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
