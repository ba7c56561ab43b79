import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.huaweicloud.sdk.core.ClientBuilder;
import com.huaweicloud.sdk.core.HcClient;
import com.huaweicloud.sdk.core.SdkResponse;
import com.huaweicloud.sdk.core.auth.BasicCredentials;
import com.huaweicloud.sdk.core.exception.SdkException;
import com.huaweicloud.sdk.core.exception.ServiceResponseException;
import com.huaweicloud.sdk.core.http.FieldExistence;
import com.huaweicloud.sdk.core.http.HttpConfig;
import com.huaweicloud.sdk.core.http.HttpMethod;
import com.huaweicloud.sdk.core.http.HttpRequestDef;
import com.huaweicloud.sdk.core.http.LocationType;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * Calls both operations through the core of the official Java SDK. Its package for HSS, as far as Maven Central has it, knows
 * neither operation, so they are described here, as that package describes its own; signing, sending and errors are the SDK's.
 *
 * <p>Reads one JSON object a line: {"endpoint", "project_id", "access_key", "secret_key", "operation", "inputs"}, the inputs as
 * openapi/README.md describes them. Prints one a line: {"status", "error_code", "error_msg", "failure"}, where "failure" is an
 * exception that is no answer of the service.
 */
final class Calls {
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

    private static ObjectNode outcome(JsonNode call) {
        ObjectNode found = JSON.createObjectNode();
        JsonNode inputs = call.path("inputs");
        var credentials = new BasicCredentials()
                .withAk(call.path("access_key").asText())
                .withSk(call.path("secret_key").asText())
                .withProjectId(call.path("project_id").asText());
        HcClient client = new ClientBuilder<>(core -> core)
                .withCredential(credentials)
                .withEndpoints(List.of(call.path("endpoint").asText()))
                .withHttpConfig(HttpConfig.getDefaultHttpConfig().withConnectionTimeout(20).withReadTimeout(20))
                .build();
        var request = new Request(
                inputs.path("task_id").asText(),
                inputs.path("enterprise_project_id").asText(null),
                JSON.convertValue(inputs.path("body"), new TypeReference<Map<String, Object>>() {}));
        var operation = call.path("operation").asText().equals("recreateVulScanTask") ? RESCAN : RETRY;
        try {
            found.put("status", client.syncInvokeHttp(request, operation).getHttpStatusCode());
        } catch (ServiceResponseException refusal) {
            found.put("status", refusal.getHttpStatusCode());
            found.put("error_code", refusal.getErrorCode()).put("error_msg", refusal.getErrorMsg());
        } catch (SdkException failure) {
            found.put("failure", failure.toString());
        }
        return found;
    }

    public static void main(String[] arguments) throws IOException {
        var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            answers.println(JSON.writeValueAsString(outcome(JSON.readTree(line))));
        }
    }
}
