import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.opensearch.action.bulk.BulkItemResponse;
import org.opensearch.action.bulk.BulkRequest;
import org.opensearch.action.bulk.BulkResponse;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.client.Client;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.XContentFactory;
import org.opensearch.common.xcontent.XContentType;
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
 * Runs searches over logs in an OpenSearch of one node, in this process, on loopback, and ends. Also tries which logs an index refuses.
 *
 * Arguments: a file {"mapping": {…}, "indices": {"<name>": [log, …]}, "searches": [{"index": "<name>", "body": {…}}],
 * "sets": {"<set>": ["<log as JSON text>", …]}, "trials": [{"index": "<name>", "logs": ["<set>/<place>", …]}]}, the file to write
 * ({"answers": […], "trials": [{"refused": ["<place>: <why>", …], "dates": ["<path>", …], "fields": n}]}, in their order), and a directory
 * for the node's data. A log of "indices" that OpenSearch refuses ends the program; one of a trial is reported.
 */
public class AskOpenSearch {
  static final int LOGS_OF_A_BULK = 500;

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
      XContentBuilder answers = XContentFactory.jsonBuilder().startObject().startArray("answers");
      for (Object search : list(work.get("searches"))) {
        SearchSourceBuilder source = SearchSourceBuilder.fromXContent(parser(names, json(object(object(search).get("body")))));
        SearchRequest request = new SearchRequest((String) object(search).get("index")).source(source);
        client.search(request).get().toXContent(answers, ToXContent.EMPTY_PARAMS);
      }
      answers.endArray().startArray("trials");
      for (Object trial : list(work.get("trials"))) answers.map(tried(client, work, object(trial)));
      Files.writeString(Path.of(arguments[1]), answers.endArray().endObject().toString());
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

  /** The logs of a trial, one after the other, into an index of their own. */
  static Map<String, Object> tried(Client client, Map<String, Object> work, Map<String, Object> trial) throws Exception {
    String index = (String) trial.get("index");
    Map<String, Object> mapping = trial.get("mapping") == null ? object(work.get("mapping")) : object(trial.get("mapping"));
    client.admin().indices().prepareCreate(index).setMapping(mapping).get();
    Map<String, Object> sets = object(work.get("sets"));
    List<Object> logs = list(trial.get("logs"));
    List<String> refused = new ArrayList<>();
    for (int from = 0; from < logs.size(); from += LOGS_OF_A_BULK) {
      BulkRequest bulk = new BulkRequest();
      List<Object> some = logs.subList(from, Math.min(from + LOGS_OF_A_BULK, logs.size()));
      for (Object place : some) {
        String[] where = ((String) place).split("/");
        bulk.add(new IndexRequest(index).source((String) list(sets.get(where[0])).get(Integer.parseInt(where[1])), XContentType.JSON));
      }
      for (BulkItemResponse item : client.bulk(bulk).get()) {
        if (item.isFailed()) refused.add(some.get(item.getItemId()) + ": " + reason(item));
      }
    }
    List<String> dates = new ArrayList<>();
    Map<String, Object> mapped = client.admin().indices().prepareGetMappings(index).get().mappings().get(index).sourceAsMap();
    int fields = collect(mapped, "", dates);
    client.admin().indices().prepareDelete(index).get();
    return Map.of("refused", refused, "dates", dates, "fields", fields);
  }

  static String reason(BulkItemResponse item) {
    Throwable cause = item.getFailure().getCause();
    return cause.getMessage() + (cause.getCause() == null ? "" : " (" + cause.getCause().getMessage() + ")");
  }

  /** Counts the fields of a mapping as its limit does, and collects the paths of those that hold dates. */
  static int collect(Map<String, Object> mapping, String path, List<String> dates) {
    int fields = 0;
    for (String members : List.of("properties", "fields")) {
      if (mapping.get(members) == null) continue;
      for (Map.Entry<String, Object> field : object(mapping.get(members)).entrySet()) {
        String at = path.isEmpty() ? field.getKey() : path + "." + field.getKey();
        if ("date".equals(object(field.getValue()).get("type"))) dates.add(at);
        fields += 1 + collect(object(field.getValue()), at, dates);
      }
    }
    return fields;
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
