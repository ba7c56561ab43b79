import hss.ApiClient;
import hss.ApiException;
import hss.api.ScanTasksApi;
import hss.model.HostRangeType;
import hss.model.RescanVulScanTaskRequestInfo;
import java.time.Duration;
import java.util.List;

/** Rescans the servers that failed in the simulator's own task, and shows how a refusal looks. */
final class First {
    public static void main(String[] arguments) throws ApiException {
        ApiClient client = new ApiClient();
        client.updateBaseUri(System.getenv("HSS_ENDPOINT"));
        // The native client sets no token by itself.
        client.setRequestInterceptor(request -> request.header("X-Auth-Token", "hss-sim-token-5f0c2d7e"));
        client.setReadTimeout(Duration.ofSeconds(30));
        ScanTasksApi api = new ScanTasksApi(client);
        RescanVulScanTaskRequestInfo body = new RescanVulScanTaskRequestInfo().rangeType(HostRangeType.ALL_FAILED_HOST);

        for (String task : List.of("2b31ed52-0a1b-4c2d-8e3f-ebedb6e57000", "no-such-task")) {
            try {
                var done = api.recreateVulScanTaskWithHttpInfo("0123456789abcdef0123456789abcdef", task, body, null);
                System.out.println("accepted, request id " + done.getHeaders().get("x-request-id"));
            } catch (ApiException refusal) {
                // No headers: it is no answer. Left as it came, the body can be anything, as from a proxy.
                if (refusal.getResponseHeaders() == null) {
                    throw refusal;
                }
                System.out.println("refused: " + refusal.getCode() + " " + refusal.getResponseBody());
            }
        }
    }
}
