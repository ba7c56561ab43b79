import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hss.ApiClient;
import hss.ApiException;
import hss.ApiResponse;
import hss.api.ScanTasksApi;
import hss.api.TasksApi;
import hss.model.ErrorResponse;
import hss.model.ListTaskResourcesRequestBody;
import hss.model.ListTasksRequestBody;
import hss.model.RescanVulScanTaskRequestInfo;
import hss.model.RetryTaskRequestBody;
import hss.model.ScanStatusFilter;
import hss.model.VulScanTypeFilter;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every case of wire/ and wire-tasks/ through the generated client, against a running simulator.
 *
 * <p>HSS_SIM_URL is the simulator's URL, OPENAPI the folder that holds both.
 */
final class WireTest {
    private static final String URL = System.getenv("HSS_SIM_URL");
    private static final Path FOLDER = Path.of(Optional.ofNullable(System.getenv("OPENAPI")).orElse("../.."));
    private static final String DOTS =
            "the document states no limit that excludes an id of dots alone, which no URL can carry";
    private static final String ROWS = "a row of another shape costs this client the whole answer, or is read as null";
    /** Ends of names of cases that the client cannot run, and why. */
    private static final Map<String, String> SKIPPED =
            Map.of("_id_dot", DOTS, "_id_dots", DOTS, ".unreadable_row", ROWS, ".unreadable_detail", ROWS);

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ObjectMapper CLIENT_JSON = new ApiClient().getObjectMapper();
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static int run;
    private static int refused;
    private static int notRun;

    static List<String> names() throws IOException {
        try (var scans = Files.list(FOLDER.resolve("wire")); var tasks = Files.list(FOLDER.resolve("wire-tasks"))) {
            return Stream.concat(scans, tasks)
                    .map(file -> FOLDER.relativize(file).toString().replace(".json", ""))
                    .sorted()
                    .toList();
        }
    }

    private static JsonNode simulator(String method, String path, JsonNode body)
            throws IOException, InterruptedException {
        var content = body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body.toString());
        var request = HttpRequest.newBuilder(URI.create(URL + "/_sim/" + path)).method(method, content).build();
        var answer = HTTP.send(request, BodyHandlers.ofString());
        assertTrue(answer.statusCode() < 300, answer.body());
        return JSON.readTree(answer.body());
    }

    /** What a case gives under a name, as the client takes it; null where it gives nothing. */
    private static <T> T given(JsonNode in, String name, Class<T> type) throws JsonProcessingException {
        return in.has(name) ? CLIENT_JSON.treeToValue(in.path(name), type) : null;
    }

    private static ApiResponse<?> call(ApiClient client, String operation, JsonNode inputs)
            throws ApiException, JsonProcessingException {
        ScanTasksApi scans = new ScanTasksApi(client);
        TasksApi tasks = new TasksApi(client);
        JsonNode query = inputs.path("query");
        String project = given(inputs, "project_id", String.class);
        String task = given(inputs, "task_id", String.class);
        String enterpriseProject =
                given(inputs.has("enterprise_project_id") ? inputs : query, "enterprise_project_id", String.class);
        Integer limit = given(query, "limit", Integer.class);
        Integer offset = given(query, "offset", Integer.class);
        return switch (operation) {
            case "recreateVulScanTask" -> scans.recreateVulScanTaskWithHttpInfo(
                    project, task, given(inputs, "body", RescanVulScanTaskRequestInfo.class), enterpriseProject);
            case "retryTask" -> scans.retryTaskWithHttpInfo(
                    project, task, given(inputs, "body", RetryTaskRequestBody.class), enterpriseProject);
            case "listVulScanTask" -> tasks.listVulScanTaskWithHttpInfo(
                    project,
                    enterpriseProject,
                    limit,
                    offset,
                    given(query, "scan_type", VulScanTypeFilter.class),
                    given(query, "task_id", String.class),
                    given(query, "min_start_time", Long.class),
                    given(query, "max_start_time", Long.class));
            case "listVulScanTaskHost" -> tasks.listVulScanTaskHostWithHttpInfo(
                    project,
                    task,
                    enterpriseProject,
                    limit,
                    offset,
                    given(query, "scan_status", ScanStatusFilter.class));
            case "listTasks" -> tasks.listTasksWithHttpInfo(
                    project, given(inputs, "body", ListTasksRequestBody.class), enterpriseProject, limit, offset);
            default -> tasks.listTaskResourcesWithHttpInfo(
                    project,
                    task,
                    given(inputs, "body", ListTaskResourcesRequestBody.class),
                    enterpriseProject,
                    limit,
                    offset);
        };
    }

    /** What the client says of the answer; empty where it refuses the inputs before sending. */
    private static Optional<ObjectNode> outcome(String operation, JsonNode inputs) throws ApiException {
        ObjectNode found = JSON.createObjectNode();
        ApiClient client = new ApiClient();
        client.updateBaseUri(URL);
        client.setRequestInterceptor(request -> request.header("X-Auth-Token", inputs.path("auth_token").asText()));
        client.setReadTimeout(Duration.ofSeconds(20));
        try {
            ApiResponse<?> done = call(client, operation, inputs);
            var headers = done.getHeaders();
            found.put("status", done.getStatusCode());
            if (done.getData() == null) {
                // The generated client throws the content of a success away: only its length is left.
                found.put("content", !headers.getOrDefault("content-length", List.of("0")).contains("0"));
            } else {
                found.set("content", JSON.readTree(CLIENT_JSON.writeValueAsString(done.getData())));
            }
            found.put("request_id", headers.containsKey("x-request-id") ? headers.get("x-request-id").get(0) : null);
        } catch (JsonProcessingException refusal) {
            return Optional.empty();
        } catch (ApiException refusal) {
            if (refusal.getResponseHeaders() == null) {
                // The client's own refusals have the status 400 and no headers.
                if (refusal.getCode() != 400) {
                    throw refusal;
                }
                return Optional.empty();
            }
            found.put("status", refusal.getCode());
            found.put("request_id", refusal.getResponseHeaders().firstValue("X-Request-Id").orElse(null));
            explain(refusal.getResponseBody(), found);
        }
        return Optional.of(found);
    }

    /** Adds the service's error; nothing where it is not the service's, as from a proxy. */
    private static void explain(String body, ObjectNode found) {
        if (body == null) {
            return;
        }
        try {
            ErrorResponse said = CLIENT_JSON.readValue(body, ErrorResponse.class);
            found.put("error_code", said.getErrorCode()).put("error_msg", said.getErrorMsg());
        } catch (JsonProcessingException foreign) {
            found.putNull("error_code");
        }
    }

    /** What the client has to say of the answer to a request that the case allows. */
    private static ObjectNode expected(JsonNode wire, boolean foreign) {
        JsonNode answer = wire.path("answer");
        JsonNode content = wire.path("outcome").path("content");
        ObjectNode wanted = JSON.createObjectNode().put("status", answer.path("status").asInt());
        if (answer.path("status").asInt() == 200) {
            // What comes with a success that is not a read is not the service's.
            boolean some = !answer.path("body").isNull();
            wanted.set("content", content.isMissingNode() ? BooleanNode.valueOf(some) : content);
        } else if (answer.path("body").path("error_code").isTextual()) {
            wanted.set("error_code", answer.path("body").path("error_code"));
            wanted.set("error_msg", answer.path("body").path("error_msg"));
        }
        if (foreign && answer.path("headers").has("x-request-id")) {
            wanted.set("request_id", answer.path("headers").path("x-request-id"));
        }
        return wanted;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("names")
    void wire(String name) throws IOException, InterruptedException, ApiException {
        for (var skipped : SKIPPED.entrySet()) {
            boolean skip = name.endsWith(skipped.getKey());
            notRun += skip ? 1 : 0;
            assumeTrue(!skip, skipped.getValue());
        }
        run++;
        JsonNode wire = JSON.readTree(Files.readString(FOLDER.resolve(name + ".json")));
        JsonNode inputs = wire.path("inputs");
        boolean foreign = name.contains("/error.") || wire.path("outcome").path("result").asText().equals("read");
        boolean sent = !wire.path("request").isNull();
        ObjectNode reset = JSON.createObjectNode().put("token", inputs.path("auth_token").asText());
        if (sent) {
            // A project outside the limits does not exist.
            reset.set("project_id", inputs.path("project_id"));
        }
        simulator("POST", "reset", reset);
        if (foreign) {
            simulator("POST", "faults", wire.path("answer"));
        }
        Optional<ObjectNode> found = outcome(wire.path("operation").asText(), inputs);
        JsonNode arrived = simulator("GET", "requests", null).path("requests");
        if (found.isEmpty()) {
            refused++;
            assertFalse(sent, "the client refuses a valid request");
            assertEquals(0, arrived.size(), "the client sends what it refuses");
            return;
        }
        assertEquals(1, arrived.size());
        if (sent) {
            // The simulator shows no token; that it is right is seen by its being accepted.
            ((ObjectNode) wire.path("request").path("headers")).put("x-auth-token", "***");
            assertEquals(wire.path("request"), arrived.path(0).path("wire"));
        }
        JsonNode wanted = sent ? expected(wire, foreign) : wire.path("if_sent_anyway");
        ObjectNode both = found.get().deepCopy();
        both.setAll((ObjectNode) wanted);
        assertEquals(both, found.get());
        assertTrue(found.get().path("request_id").isTextual() || foreign, "there is no request id");
    }

    @Test
    void eachSkippedEndIsThatOfACase() throws IOException {
        for (String end : SKIPPED.keySet()) {
            assertTrue(names().stream().anyMatch(name -> name.endsWith(end)), end);
        }
    }

    @AfterAll
    static void report() {
        System.out.printf("wire cases: %d run, %d refused by the client, %d not run%n", run, refused, notRun);
    }
}
