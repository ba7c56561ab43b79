import com.fasterxml.jackson.databind.ObjectMapper;
import com.huaweicloud.sdk.core.ClientBuilder;
import com.huaweicloud.sdk.core.HcClient;
import com.huaweicloud.sdk.core.SdkResponse;
import com.huaweicloud.sdk.core.auth.BasicCredentials;
import com.huaweicloud.sdk.core.http.FieldExistence;
import com.huaweicloud.sdk.core.http.HttpConfig;
import com.huaweicloud.sdk.core.http.HttpMethod;
import com.huaweicloud.sdk.core.http.HttpRequestDef;
import com.huaweicloud.sdk.core.http.LocationType;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/**
 * One side of {@code cargo xtask bench}: the core of the official Java SDK. CALLS IN_FLIGHT HOSTS are its arguments. HSS_ENDPOINT
 * is the URL of a running simulator that takes any task.
 */
final class BenchCalls {
    private record Body(String range_type, List<String> host_ids) {}

    private record Request(String taskId, Body body) {}

    /** Has no content. */
    public static final class Response extends SdkResponse {}

    private static final HttpRequestDef<Request, Response> RESCAN =
            HttpRequestDef.builder(HttpMethod.PUT, Request.class, Response.class)
                    .withName("RecreateVulScanTask")
                    .withUri("/v5/{project_id}/vulnerability/scan/task/{task_id}/rescan")
                    .withContentType("application/json")
                    .<String>withRequestField("task_id", LocationType.Path, FieldExistence.NON_NULL_NON_EMPTY,
                            String.class, field -> field.withMarshaller(Request::taskId, (request, value) -> {}))
                    .<Body>withRequestField("body", LocationType.Body, FieldExistence.NON_NULL_NON_EMPTY, Body.class,
                            field -> field.withMarshaller(Request::body, (request, value) -> {}))
                    .build();

    private BenchCalls() {}

    private static double cpuSeconds() {
        var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        return system.getProcessCpuTime() / 1e9;
    }

    private static void round(HcClient client, Request request, int calls, int inFlight)
            throws InterruptedException, ExecutionException {
        ExecutorService threads = Executors.newFixedThreadPool(inFlight);
        Runnable worker = () -> {
            for (int call = 0; call < calls / inFlight; call++) {
                client.syncInvokeHttp(request, RESCAN);
            }
        };
        List<Callable<Object>> workers = Collections.nCopies(inFlight, Executors.callable(worker));
        for (Future<?> end : threads.invokeAll(workers)) {
            end.get();
        }
        threads.shutdown();
    }

    public static void main(String[] arguments) throws Exception {
        int calls = Integer.parseInt(arguments[0]);
        int inFlight = Integer.parseInt(arguments[1]);
        int hosts = Integer.parseInt(arguments[2]);
        var credentials = new BasicCredentials()
                .withAk(System.getenv("HUAWEICLOUD_SDK_AK"))
                .withSk(System.getenv("HUAWEICLOUD_SDK_SK"))
                .withProjectId(System.getenv("HSS_PROJECT_ID"));
        HcClient client = new ClientBuilder<>(core -> core)
                .withCredential(credentials)
                .withEndpoints(List.of(System.getenv("HSS_ENDPOINT")))
                .withHttpConfig(HttpConfig.getDefaultHttpConfig().withConnectionTimeout(20).withReadTimeout(20))
                .build();
        List<String> ids = IntStream.range(0, hosts)
                .mapToObj(number -> "%08x-049f-4cca-bd28-5e90aca1817f".formatted(number))
                .toList();
        var request = new Request("71a15ecc-049f-4cca-bd28-5e90aca1817f", new Body("specific_host", ids));
        if (calls > 1) {
            // As many as are measured: what is called often is compiled on the way.
            round(client, request, calls, inFlight);
        }
        double before = cpuSeconds();
        long start = System.nanoTime();
        round(client, request, calls, inFlight);
        double seconds = (System.nanoTime() - start) / 1e9;
        double after = cpuSeconds();
        String peak = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .findFirst()
                .orElseThrow()
                .replaceAll("\\D", "");
        System.out.println(new ObjectMapper().writeValueAsString(Map.of(
                "calls", calls, "seconds", seconds, "cpu_seconds", after - before, "peak_kib", Long.parseLong(peak))));
        // Threads of the SDK's HTTP client would keep the process for a minute.
        System.exit(0);
    }
}
