import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.huaweicloud.sdk.core.ClientBuilder;
import com.huaweicloud.sdk.core.HcClient;
import com.huaweicloud.sdk.core.SdkResponse;
import com.huaweicloud.sdk.core.auth.BasicCredentials;
import com.huaweicloud.sdk.core.exception.ServiceResponseException;
import com.huaweicloud.sdk.core.http.FieldExistence;
import com.huaweicloud.sdk.core.http.HttpConfig;
import com.huaweicloud.sdk.core.http.HttpMethod;
import com.huaweicloud.sdk.core.http.HttpRequestDef;
import com.huaweicloud.sdk.core.http.LocationType;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Calls both operations through the core of the official Java SDK, against running simulators. Its package for HSS, as far as
 * Maven Central has it, knows neither operation, so they are described here, as that package describes its own; signing,
 * sending and errors are the SDK's.
 *
 * <p>HSS_SIM_URL is the URL of a simulator that takes any task, HSS_ENDPOINT that of one with the built-in tasks, OPENAPI the
 * folder that holds wire/.
 */
final class CallsTest {
    /** The simulator's own dummies, which its README names. */
    private static final String PROJECT = "0123456789abcdef0123456789abcdef";

    private static final String ACCESS_KEY = "HSSSIMDUMMYKEY000001";
    private static final String SECRET_KEY = "hss-sim-dummy-secret-key-0000000000-0001";
    private static final String WRONG_SECRET = "hss-sim-dummy-secret-key-0000000000-0002";
    private static final String SIGNED = ", SignedHeaders=host;user-agent;x-project-id;x-sdk-date, Signature=";
    private static final String BUILT_IN = System.getenv("HSS_ENDPOINT");
    private static final String ANY_TASK = System.getenv("HSS_SIM_URL");
    private static final Path FOLDER = Path.of(Optional.ofNullable(System.getenv("OPENAPI")).orElse("../.."), "wire");
    /** Both operations in all their forms. They name what the simulator's own tasks hold. */
    private static final List<String> FORMS = List.of(
            "rescan.all_failed_host",
            "rescan.all_granted_eps",
            "rescan.specific_host",
            "retry.all_failed_cluster",
            "retry.all_granted_eps",
            "retry.specific_cluster",
            "retry.without_cluster_scan_info");
    /** Ends of names of cases that the SDK cannot run: it puts ids into the URL as they are, which leads to another path. */
    private static final List<String> SKIPPED = List.of(
            ".task_id_backslash",
            ".task_id_crlf",
            ".task_id_encoded_dots",
            ".task_id_line_feed",
            ".task_id_reserved",
            ".task_id_slash");

    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static int run;
    private static int notRun;

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpRequestDef<Request, Response> RESCAN =
            operation("RecreateVulScanTask", "/v5/{project_id}/vulnerability/scan/task/{task_id}/rescan");
    private static final HttpRequestDef<Request, Response> RETRY =
            operation("RetryTask", "/v5/{project_id}/common/tasks/{task_id}/retry");

    /** What both operations take. */
    private record Request(String taskId, String enterpriseProjectId, Object body) {}

    /** Has no content. */
    public static final class Response extends SdkResponse {}

    private static HttpRequestDef<Request, Response> operation(String name, String path) {
        return HttpRequestDef.builder(HttpMethod.PUT, Request.class, Response.class)
                .withName(name)
                .withUri(path)
                .withContentType("application/json")
                .<String>withRequestField("task_id", LocationType.Path, FieldExistence.NON_NULL_NON_EMPTY, String.class,
                        field -> field.withMarshaller(Request::taskId, (request, value) -> {}))
                .<String>withRequestField("enterprise_project_id", LocationType.Query, FieldExistence.NULL_IGNORE,
                        String.class,
                        field -> field.withMarshaller(Request::enterpriseProjectId, (request, value) -> {}))
                .<Object>withRequestField("body", LocationType.Body, FieldExistence.NON_NULL_NON_EMPTY, Object.class,
                        field -> field.withMarshaller(Request::body, (request, value) -> {}))
                .build();
    }

    private static JsonNode wire(String name) throws IOException {
        return JSON.readTree(Files.readString(FOLDER.resolve(name + ".json")));
    }

    /** Those that are accepted, but not those about project ids, which headers cannot hold as paths can, and about tokens. */
    static List<String> accepted() throws IOException {
        List<String> names;
        try (Stream<Path> files = Files.list(FOLDER)) {
            names = files.map(file -> file.getFileName().toString().replace(".json", "")).sorted().toList();
        }
        var found = new ArrayList<String>();
        for (String name : names) {
            JsonNode wire = wire(name);
            if (wire.path("outcome").path("result").asText().equals("accepted")
                    && wire.path("inputs").path("project_id").asText().equals(PROJECT)
                    && !name.contains(".token_")) {
                found.add(name);
            }
        }
        return found;
    }

    private static JsonNode simulator(String url, String method, String path, String body)
            throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create(url + "/_sim/" + path))
                .method(method, BodyPublishers.ofString(body))
                .build();
        var answer = HTTP.send(request, BodyHandlers.ofString());
        assertTrue(answer.statusCode() < 300, answer.body());
        return JSON.readTree(answer.body());
    }

    private static JsonNode arrived(String url) throws IOException, InterruptedException {
        return simulator(url, "GET", "requests", "").path("requests");
    }

    private static int call(String url, JsonNode wire, String secretKey) {
        JsonNode inputs = wire.path("inputs");
        var credentials = new BasicCredentials().withAk(ACCESS_KEY).withSk(secretKey).withProjectId(PROJECT);
        HcClient client = new ClientBuilder<>(core -> core)
                .withCredential(credentials)
                .withEndpoints(List.of(url))
                .withHttpConfig(HttpConfig.getDefaultHttpConfig().withConnectionTimeout(20).withReadTimeout(20))
                .build();
        var request = new Request(
                inputs.path("task_id").asText(),
                inputs.path("enterprise_project_id").asText(null),
                JSON.convertValue(inputs.path("body"), new TypeReference<Map<String, Object>>() {}));
        var operation = wire.path("operation").asText().equals("recreateVulScanTask") ? RESCAN : RETRY;
        return client.syncInvokeHttp(request, operation).getHttpStatusCode();
    }

    private static void refused(JsonNode wire, String secretKey, String... words) {
        var refusal = assertThrows(ServiceResponseException.class, () -> call(BUILT_IN, wire, secretKey));
        assertEquals(401, refusal.getHttpStatusCode());
        assertEquals("APIGW.0301", refusal.getErrorCode());
        for (String word : words) {
            assertTrue(refusal.getErrorMsg().contains(word), refusal.getErrorMsg());
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("accepted")
    void isAccepted(String name) throws IOException, InterruptedException {
        boolean skip = SKIPPED.stream().anyMatch(name::endsWith);
        notRun += skip ? 1 : 0;
        assumeTrue(!skip);
        run++;
        JsonNode wire = wire(name);
        String url = FORMS.contains(name) ? BUILT_IN : ANY_TASK;
        simulator(url, "POST", "reset", "");
        assertEquals(200, call(url, wire, SECRET_KEY));

        JsonNode requests = arrived(url);
        assertEquals(1, requests.size());
        JsonNode request = requests.path(0);
        assertEquals(wire.path("operation"), request.path("operation"));
        for (String part : List.of("method", "path", "query", "body")) {
            assertEquals(wire.path("request").path(part), request.path("wire").path(part));
        }
        JsonNode headers = request.path("headers");
        assertEquals(wire.path("request").path("headers").path("content-type"), headers.path("content-type"));
        assertEquals(PROJECT, headers.path("x-project-id").asText());
        assertFalse(headers.has("x-auth-token"));
        assertTrue(headers.path("x-sdk-date").isTextual() && headers.path("host").isTextual());
        assertTrue(headers.path("authorization").asText().contains(SIGNED), headers.toString());
    }

    @ParameterizedTest
    @CsvSource({
        "rescan.specific_host, 14", "rescan.specific_host, -14", "rescan.specific_host, 16", "rescan.specific_host, -16",
        "retry.specific_cluster, 14", "retry.specific_cluster, -14", "retry.specific_cluster, 16", "retry.specific_cluster, -16"
    })
    void clocksMayDifferByAQuarterOfAnHour(String name, int minutes) throws IOException, InterruptedException {
        run++;
        simulator(BUILT_IN, "POST", "reset", "{\"clock_offset\": " + minutes * 60 + "}");
        if (Math.abs(minutes) > 15) {
            refused(wire(name), SECRET_KEY, "more than 15 minutes", "server time");
        } else {
            assertEquals(200, call(BUILT_IN, wire(name), SECRET_KEY));
        }
        assertEquals(1, arrived(BUILT_IN).size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"rescan.specific_host", "retry.specific_cluster"})
    void wrongSecretsLockTheKey(String name) throws IOException, InterruptedException {
        run++;
        simulator(BUILT_IN, "POST", "reset", "");
        assertEquals(200, call(BUILT_IN, wire(name), SECRET_KEY));
        for (int wrong = 0; wrong < 6; wrong++) {
            refused(wire(name), WRONG_SECRET, "does not match", "canonicalRequest:PUT|");
        }
        refused(wire(name), SECRET_KEY, "locked");
        assertEquals(8, arrived(BUILT_IN).size());
    }

    @Test
    void eachNameIsThatOfACase() throws IOException {
        List<String> names = accepted();
        assertTrue(names.containsAll(FORMS));
        for (String end : SKIPPED) {
            assertTrue(names.stream().anyMatch(name -> name.endsWith(end)), end);
        }
    }

    @AfterAll
    static void report() {
        System.out.printf("cases: %d run, 0 refused by the client, %d not run%n", run, notRun);
    }
}
