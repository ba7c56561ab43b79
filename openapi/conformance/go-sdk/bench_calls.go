// One side of `cargo xtask bench`: the official Go SDK.
//
// CALLS IN_FLIGHT HOSTS are its arguments. HSS_ENDPOINT is the URL of a running simulator that takes any task.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/basic"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/config"
	hss "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/hss/v5"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/hss/v5/model"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func usage() (cpuSeconds float64, peakKiB int64) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9, usage.Maxrss
}

func main() {
	calls, inFlight, hosts := must(strconv.Atoi(os.Args[1])), must(strconv.Atoi(os.Args[2])), must(strconv.Atoi(os.Args[3]))
	credentials := must(basic.NewCredentialsBuilder().WithAk(os.Getenv("HUAWEICLOUD_SDK_AK")).
		WithSk(os.Getenv("HUAWEICLOUD_SDK_SK")).WithProjectId(os.Getenv("HSS_PROJECT_ID")).SafeBuild())
	client := hss.NewHssClient(must(hss.HssClientBuilder().WithEndpoint(os.Getenv("HSS_ENDPOINT")).WithCredential(credentials).
		WithHttpConfig(config.DefaultHttpConfig().WithTimeout(20 * time.Second)).SafeBuild()))
	ids := make([]string, hosts)
	for number := range ids {
		ids[number] = fmt.Sprintf("%08x-049f-4cca-bd28-5e90aca1817f", number)
	}
	round := func(calls int) {
		var workers sync.WaitGroup
		for worker := 0; worker < inFlight; worker++ {
			workers.Add(1)
			go func() {
				defer workers.Done()
				for call := 0; call < calls/inFlight; call++ {
					body := &model.RescanVulScanTaskRequestInfo{RangeType: "specific_host", HostIds: &ids}
					request := &model.RecreateVulScanTaskRequest{TaskId: "71a15ecc-049f-4cca-bd28-5e90aca1817f", Body: body}
					must(client.RecreateVulScanTask(request))
				}
			}()
		}
		workers.Wait()
	}
	if calls > 1 {
		round(4 * inFlight)
	}
	before, _ := usage()
	start := time.Now()
	round(calls)
	seconds := time.Since(start).Seconds()
	after, peak := usage()
	report := map[string]any{"calls": calls, "seconds": seconds, "cpu_seconds": after - before, "peak_kib": peak}
	fmt.Println(string(must(json.Marshal(report))))
}
