import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hss.ApiClient;
import hss.ApiException;
import hss.ApiResponse;
import hss.api.ScanTasksApi;
import hss.model.ErrorResponse;
import hss.model.RescanVulScanTaskRequestInfo;
import hss.model.RetryTaskRequestBody;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * Calls both operations through the generated client.
 *
 * <p>Reads one JSON object a line: {"endpoint", "operation", "inputs"}, the inputs as openapi/README.md describes them. Prints one
 * a line: {"status", "content", "error_code", "error_msg", "request_id"}, where "content" says whether a success came with any;
 * or {"refused"}, why the client sent nothing; or {"failure"}, an exception that is neither.
 */
final class Cases {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static ApiResponse<Void> send(ApiClient client, String operation, JsonNode inputs)
            throws ApiException, JsonProcessingException {
        ScanTasksApi api = new ScanTasksApi(client);
        String project = inputs.path("project_id").asText();
        String task = inputs.path("task_id").asText();
        String enterpriseProject = inputs.path("enterprise_project_id").asText(null);
        ObjectMapper mapper = client.getObjectMapper();
        if (operation.equals("recreateVulScanTask")) {
            var body = mapper.treeToValue(inputs.path("body"), RescanVulScanTaskRequestInfo.class);
            return api.recreateVulScanTaskWithHttpInfo(project, task, body, enterpriseProject);
        }
        var body = mapper.treeToValue(inputs.path("body"), RetryTaskRequestBody.class);
        return api.retryTaskWithHttpInfo(project, task, body, enterpriseProject);
    }

    private static ObjectNode outcome(JsonNode call) {
        ObjectNode found = JSON.createObjectNode();
        JsonNode inputs = call.path("inputs");
        ApiClient client = new ApiClient();
        client.updateBaseUri(call.path("endpoint").asText());
        client.setRequestInterceptor(request -> request.header("X-Auth-Token", inputs.path("auth_token").asText()));
        client.setReadTimeout(Duration.ofSeconds(20));
        try {
            ApiResponse<Void> done = send(client, call.path("operation").asText(), inputs);
            found.put("status", done.getStatusCode());
            var headers = done.getHeaders();
            // The generated client throws the content of a success away: its length alone is left.
            found.put("content", !headers.getOrDefault("content-length", java.util.List.of("0")).contains("0"));
            found.put("request_id", headers.containsKey("x-request-id") ? headers.get("x-request-id").get(0) : null);
        } catch (JsonProcessingException refusal) {
            found.put("refused", refusal.getMessage());
        } catch (ApiException refusal) {
            if (refusal.getResponseHeaders() == null) {
                // The client's own refusals have the status 400 and no headers.
                return found.put(refusal.getCode() == 400 ? "refused" : "failure", refusal.toString());
            }
            found.put("status", refusal.getCode());
            found.put("request_id", refusal.getResponseHeaders().firstValue("X-Request-Id").orElse(null));
            explain(client.getObjectMapper(), refusal.getResponseBody(), found);
        } catch (RuntimeException failure) {
            found.put("failure", failure.toString());
        }
        return found;
    }

    /** Adds the service's error; nothing where it is not the service's, as from a proxy. */
    private static void explain(ObjectMapper mapper, String body, ObjectNode found) {
        if (body == null) {
            return;
        }
        try {
            ErrorResponse said = mapper.readValue(body, ErrorResponse.class);
            found.put("error_code", said.getErrorCode()).put("error_msg", said.getErrorMsg());
        } catch (JsonProcessingException foreign) {
            found.putNull("error_code");
        }
    }

    public static void main(String[] arguments) throws IOException {
        var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            answers.println(JSON.writeValueAsString(outcome(JSON.readTree(line))));
        }
    }
}
