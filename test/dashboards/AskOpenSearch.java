import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.opensearch.action.bulk.BulkRequest;
import org.opensearch.action.bulk.BulkResponse;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.client.Client;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.XContentFactory;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.xcontent.DeprecationHandler;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.core.xcontent.ToXContent;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.env.Environment;
import org.opensearch.node.Node;
import org.opensearch.search.SearchModule;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.transport.Netty4Plugin;

/**
 * Runs searches over logs in an OpenSearch of one node, in this process, on loopback, and ends.
 *
 * Arguments: a file {"mapping": {…}, "indices": {"<name>": [log, …]}, "searches": [{"index": "<name>", "body": {…}}]}, the file to write
 * (a JSON array of the answers, in their order), and a directory for the node's data. A log that OpenSearch refuses ends the program.
 */
public class AskOpenSearch {
  public static void main(String[] arguments) throws Exception {
    Map<String, Object> work = read(Path.of(arguments[0]));
    Settings settings = Settings.builder()
        .put("path.home", arguments[2])
        .put("cluster.name", "dashboards-test")
        .put("node.name", "one")
        .put("discovery.type", "single-node")
        .put("network.host", "127.0.0.1")
        .put("transport.type", "netty4")
        .put("http.type", "netty4")
        .put("cluster.routing.allocation.disk.threshold_enabled", false)
        .build();
    Path config = Files.createDirectories(Path.of(arguments[2], "config"));
    try (Node node = new OneNode(new Environment(settings, config))) {
      node.start();
      Client client = node.client();
      NamedXContentRegistry names = new NamedXContentRegistry(new SearchModule(Settings.EMPTY, List.of()).getNamedXContents());
      for (Map.Entry<String, Object> index : object(work.get("indices")).entrySet()) {
        fill(client, index.getKey(), object(work.get("mapping")), list(index.getValue()));
      }
      XContentBuilder answers = XContentFactory.jsonBuilder().startArray();
      for (Object search : list(work.get("searches"))) {
        SearchSourceBuilder source = SearchSourceBuilder.fromXContent(parser(names, json(object(object(search).get("body")))));
        SearchRequest request = new SearchRequest((String) object(search).get("index")).source(source);
        client.search(request).get().toXContent(answers, ToXContent.EMPTY_PARAMS);
      }
      Files.writeString(Path.of(arguments[1]), answers.endArray().toString());
    }
    System.exit(0);
  }

  static void fill(Client client, String index, Map<String, Object> mapping, List<Object> logs) throws Exception {
    client.admin().indices().prepareCreate(index).setMapping(mapping).get();
    BulkRequest bulk = new BulkRequest().setRefreshPolicy(RefreshPolicy.IMMEDIATE);
    for (int id = 0; id < logs.size(); id++) bulk.add(new IndexRequest(index).id(String.valueOf(id)).source(object(logs.get(id))));
    BulkResponse answer = client.bulk(bulk).get();
    if (answer.hasFailures()) throw new IllegalStateException(answer.buildFailureMessage());
  }

  static Map<String, Object> read(Path file) throws Exception {
    return parser(NamedXContentRegistry.EMPTY, Files.readString(file)).map();
  }

  static XContentParser parser(NamedXContentRegistry names, String json) throws Exception {
    return JsonXContent.jsonXContent.createParser(names, DeprecationHandler.IGNORE_DEPRECATIONS, json);
  }

  static String json(Map<String, Object> object) throws Exception {
    return XContentFactory.jsonBuilder().map(object).toString();
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> object(Object value) {
    return (Map<String, Object>) value;
  }

  static List<Object> list(Object value) {
    return new ArrayList<>((List<?>) value);
  }

  static class OneNode extends Node {
    OneNode(Environment environment) {
      super(environment, List.of(Netty4Plugin.class), true);
    }
  }
}
