// Command first rescans the servers that failed in the simulator's own task, and shows how a refusal looks.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"hss-client/hss"
)

func main() {
	configuration := hss.NewConfiguration()
	configuration.Servers = hss.ServerConfigurations{{URL: os.Getenv("HSS_ENDPOINT")}}
	configuration.HTTPClient = &http.Client{
		Timeout: 30 * time.Second,
		// A redirect is no answer of the service.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	client := hss.NewAPIClient(configuration)
	ctx := context.WithValue(context.Background(), hss.ContextAPIKeys, map[string]hss.APIKey{
		"AuthToken": {Key: "hss-sim-token-5f0c2d7e"},
	})

	for _, task := range []string{"2b31ed52-0a1b-4c2d-8e3f-ebedb6e57000", "no-such-task"} {
		response, err := client.ScanTasksAPI.
			RecreateVulScanTask(ctx, "0123456789abcdef0123456789abcdef", task).
			RescanVulScanTaskRequestInfo(*hss.NewRescanVulScanTaskRequestInfo(hss.HOSTRANGETYPE_ALL_FAILED_HOST)).
			Execute()
		var refusal *hss.GenericOpenAPIError
		switch {
		case err == nil && response.StatusCode == http.StatusOK:
			fmt.Println("accepted, request id", response.Header.Get("X-Request-Id"))
		case errors.As(err, &refusal) && response != nil:
			// What is no JSON of the service, as from a proxy, leaves no model.
			said, _ := refusal.Model().(hss.ErrorResponse)
			fmt.Println("refused:", response.StatusCode, said.ErrorCode, said.ErrorMsg)
		default:
			fmt.Println("not known to be done:", err)
			os.Exit(1)
		}
	}
}
