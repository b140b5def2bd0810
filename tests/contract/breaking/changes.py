"""Single changes of the contract: what is edited, and the rules that must tell of it."""

from dataclasses import dataclass

CATALOG, ORDER = "market/catalog/v1/catalog.proto", "market/order/v1/order.proto"
PAYMENT, USER = "market/payment/v1/payment.proto", "market/user/v1/user.proto"
SESSION, REASONS = "market/user/v1/session.proto", "market/options/v1/reasons.proto"


@dataclass(frozen=True)
class Change:
    """Each pair of `edits` replaces a text of `file` where it is first found after `after`.

    `rules` are the rules that find it; none for a change that breaks nobody.
    """

    name: str
    file: str
    after: str
    edits: tuple[tuple[str, str], ...]
    rules: frozenset[str] = frozenset()


def change(name: str, file: str, after: str, *edits: str, rules: str = "") -> Change:
    pairs = tuple(zip(edits[::2], edits[1::2], strict=True))
    return Change(name, file, after, pairs, frozenset(rules.split()))


BREAKING = (
    # the wire
    change("a field gets another type", ORDER, "message OrderItem {",
           "int32 quantity", "int64 quantity", rules="FIELD_SAME_TYPE"),
    change("a field becomes a list", ORDER, "message OrderItem {",
           "string title", "repeated string title", rules="FIELD_SAME_CARDINALITY"),
    change("a field gets presence", ORDER, "message OrderItem {",
           "string title", "optional string title", rules="FIELD_SAME_CARDINALITY"),
    change("a field gets another number", ORDER, "message OrderItem {",
           "int32 quantity = 3", "int32 quantity = 9", rules="FIELD_NO_DELETE"),
    change("a field goes, its number reserved", ORDER, "message OrderItem {",
           "  // The product's title when ordered.\n", "",
           "  string title = 2 [(google.api.field_behavior) = OUTPUT_ONLY];",
           '  reserved 2;\n  reserved "title";', rules="FIELD_NO_DELETE"),
    change("an enum value goes", ORDER, "enum OrderState {",
           "  // Handed over.\n  ORDER_STATE_FULFILLED = 6;", "  reserved 6;",
           rules="ENUM_VALUE_NO_DELETE"),
    change("an RPC goes", ORDER, "service OrderService {",
           "rpc GetOrder(GetOrderRequest)", "rpc FetchOrder(GetOrderRequest)",
           rules="RPC_NO_DELETE"),
    change("a service is renamed", CATALOG, "",
           "service CatalogService {", "service ProductService {",
           rules="SERVICE_NO_DELETE"),
    change("a response becomes a stream", ORDER, "",
           "returns (GetOrderResponse)", "returns (stream GetOrderResponse)",
           rules="RPC_SAME_SERVER_STREAMING"),
    change("an RPC answers another message", ORDER, "rpc GetOrder(",
           "returns (GetOrderResponse)", "returns (CancelOrderResponse)",
           rules="RPC_SAME_RESPONSE_TYPE"),
    change("a field joins a oneof", ORDER, "message CreateOrderItem {",
           "  // Sku of the product.\n", "  // What.\n  oneof what {\n  // Sku of the product.\n",
           "  ];\n", "  ];\n  }\n", rules="FIELD_SAME_ONEOF FIELD_SAME_CARDINALITY"),
    change("another deployable serves it", CATALOG, "",
           '(market.options.v1.served_by) = "order_service"',
           '(market.options.v1.served_by) = "catalog_service"', rules="SERVED_ELSEWHERE"),
    # JSON
    change("a field is renamed", ORDER, "message OrderItem {",
           "int32 quantity", "int32 count", rules="FIELD_SAME_NAME FIELD_SAME_JSON_NAME"),
    change("a field gets another JSON name", ORDER, "message OrderItem {",
           "int32 quantity = 3 [", 'int32 quantity = 3 [json_name = "count", ',
           rules="FIELD_SAME_JSON_NAME"),
    change("an enum value is renamed", ORDER, "enum OrderState {",
           "ORDER_STATE_FULFILLED", "ORDER_STATE_DELIVERED", rules="ENUM_VALUE_SAME_NAME"),
    # REST
    change("a path is moved", ORDER, "rpc GetOrder(",
           '"/api/orders/{order_id}"', '"/api/order/{order_id}"', rules="REST_BINDING_GONE"),
    change("a verb is changed", ORDER, "rpc CancelOrder(",
           "post:", "put:", rules="REST_BINDING_GONE"),
    change("a binding is dropped", ORDER, "rpc ListOrders(",
           '      additional_bindings: {get: "/api/users/{user_id}/orders"}\n', "",
           rules="REST_BINDING_GONE"),
    change("all bindings are dropped", CATALOG, "rpc ListProducts(",
           '    option (google.api.http) = {get: "/api/products"};\n', "",
           rules="REST_BINDING_GONE"),
    change("a body is another part", ORDER, "rpc CancelOrder(",
           '      body: "*"\n', '      body: "reason"\n', rules="REST_BODY_CHANGED"),
    change("a response body is dropped", ORDER, "rpc GetOrder(",
           '      response_body: "order"\n', "", rules="REST_RESPONSE_BODY_CHANGED"),
    change("a path segment takes less", CATALOG, "rpc GetProduct(",
           "{sku}", "{sku=MUG-*}", rules="REST_BINDING_GONE"),
    change("a new route takes requests of an old one", CATALOG, "rpc ListProducts(",
           '{get: "/api/products"}',
           '{get: "/api/products" additional_bindings: {get: "/api/products/all"}}',
           rules="REST_ROUTE_SHADOWED"),
    change("a header is renamed", PAYMENT, "",
           '= "Stripe-Signature"', '= "X-Signature"', rules="HEADER_CHANGED"),
    # who may call
    change("strangers are shut out", CATALOG, "rpc GetProduct(",
           "anyone: true", "signed_in: true", rules="ACCESS_NARROWED"),
    change("signed-in users are shut out", ORDER, "rpc GetOrder(",
           "      signed_in: true\n", "", rules="ACCESS_NARROWED"),
    change("staff need another scope", ORDER, "rpc GetOrder(",
           '"orders.read"', '"orders.audit"', rules="ACCESS_NARROWED"),
    change("a service is shut out", ORDER, "rpc GetOrder(",
           '      services: ["payment_service"]\n', "", rules="ACCESS_NARROWED"),
    change("an owner is not known any more", ORDER, "rpc ListOrders(",
           '      owner_field: "user_id"\n', "", rules="ACCESS_NARROWED"),
    # limits
    change("a deadline is shorter", ORDER, "rpc CreateOrder(",
           "deadline_ms) = 5000", "deadline_ms) = 50", rules="DEADLINE_SHORTENED"),
    change("a key is required", ORDER, "rpc CreateOrder(",
           "    option (market.options.v1.deadline_ms) = 5000;",
           "    option (market.options.v1.deadline_ms) = 5000;\n"
           "    option (market.options.v1.idempotency_key) = IDEMPOTENCY_KEY_REQUIRED;",
           rules="IDEMPOTENCY_KEY_REQUIRED"),
    change("repeats are not safe any more", ORDER, "rpc CancelOrder(",
           "= IDEMPOTENT;", "= IDEMPOTENCY_UNKNOWN;", rules="IDEMPOTENCY_WEAKENED"),
    change("requests must be shorter", PAYMENT, "rpc ReceiveStripeEvent(",
           "max_request_bytes) = 1048576", "max_request_bytes) = 65536",
           rules="REQUEST_LIMIT_LOWERED"),
    change("fewer streams may be open", ORDER, "rpc WatchOrder(",
           "per_caller) = 20", "per_caller) = 2", rules="STREAM_LIMIT_LOWERED"),
    change("responses may be older", CATALOG, "rpc GetProduct(",
           "max_age_s) = 1", "max_age_s) = 5", rules="MAX_AGE_RAISED"),
    change("another budget is drawn on", PAYMENT, "rpc ReceiveStripeEvent(",
           "RATE_CLASS_WRITE", "RATE_CLASS_LOGIN", rules="RATE_CLASS_CHANGED"),
    # what may be sent
    change("a text must be shorter", ORDER, "message CreateOrderItem {",
           "max_len: 64", "max_len: 32", rules="CONSTRAINT_TIGHTENED"),
    change("a page is smaller", ORDER, "message ListOrdersRequest {",
           "lte: 200", "lte: 100", rules="CONSTRAINT_TIGHTENED"),
    change("a least number is higher", ORDER, "message CreateOrderItem {",
           "gte: 1", "gt: 1", rules="CONSTRAINT_TIGHTENED"),
    change("fewer items may be sent", ORDER, "message CreateOrderRequest {",
           "max_items: 50", "max_items: 20", rules="CONSTRAINT_TIGHTENED"),
    change("items of a list must be more", USER, "message BatchGetUsersRequest {",
           "string: {uuid: true}", 'string: {uuid: true prefix: "0"}',
           rules="CONSTRAINT_TIGHTENED"),
    change("an expression is changed", ORDER, "message CreateOrderRequest {",
           "this.size() > 50 ||", "", rules="CONSTRAINT_TIGHTENED"),
    change("an expression is added", ORDER, "message CreateOrderItem {",
           "string sku = 1 [", 'string sku = 1 [ (buf.validate.field).cel = { id: "sku.upper"'
           ' message: "upper" expression: "this == this.upperAscii()" },',
           rules="CONSTRAINT_TIGHTENED"),
    change("fewer words are allowed", ORDER, "message CancelOrderRequest {",
           "      0,\n", "", rules="CONSTRAINT_TIGHTENED"),
    change("an empty text is checked", ORDER, "message ListOrdersRequest {",
           "      ignore: IGNORE_IF_ZERO_VALUE\n", "", rules="CONSTRAINT_TIGHTENED"),
    change("a pattern is added", ORDER, "message CreateOrderItem {",
           "min_len: 1", 'min_len: 1 pattern: "^[A-Z]"', rules="CONSTRAINT_TIGHTENED"),
    change("a field is required", ORDER, "message CancelOrderRequest {",
           "= OPTIONAL", "= REQUIRED", rules="REQUIRED_ADDED"),
    change("a required field is added", ORDER, "message CreateOrderItem {",
           "  // How many, 1 to 1000.\n",
           "  // Wrapped how.\n  string wrap = 9 [(google.api.field_behavior) = REQUIRED];\n"
           "  // How many, 1 to 1000.\n", rules="REQUIRED_FIELD_ADDED"),
    change("a field that may not be empty is added", ORDER, "message CreateOrderItem {",
           "  // How many, 1 to 1000.\n",
           "  // Wrapped how.\n  string wrap = 9 [(buf.validate.field).string.min_len = 1];\n"
           "  // How many, 1 to 1000.\n", rules="REQUIRED_FIELD_ADDED"),
    change("a oneof is required", SESSION, "oneof second_factor {",
           "    // The six", "    option (buf.validate.oneof).required = true;\n    // The six",
           rules="REQUIRED_ADDED"),
    change("a field can't be changed any more", USER, "message User {",
           "= OPTIONAL", "= IMMUTABLE", rules="FIELD_FROZEN"),
    change("a field is output only", USER, "message User {",
           "= OPTIONAL", "= OUTPUT_ONLY", rules="FIELD_FROZEN"),
    change("clients fill a request_id no more", ORDER, "message CancelOrderRequest {",
           "    (google.api.field_info).format = UUID4,\n", "", rules="FORMAT_CHANGED"),
    # what is promised
    change("a field is not answered any more", USER, "message User {",
           "= OPTIONAL", "= INPUT_ONLY", rules="FIELD_HIDDEN"),
    change("a secret may be logged", SESSION, "message CreateTokenResponse {",
           " [(market.options.v1.sensitive) = true]", "", rules="SENSITIVE_DROPPED"),
    change("an error is not listed any more", ORDER, "rpc CreateOrder(",
           '    option (market.options.v1.errors) = {reason: "OUT_OF_STOCK"};\n', "",
           rules="ERROR_GONE"),
    change("an error has another code", ORDER, "enum ErrorReason {",
           "NOT_FOUND]", "FAILED_PRECONDITION]", rules="ERROR_CODE_CHANGED"),
    change("no RPC fails with an error any more unless it lists it", REASONS, "",
           ",\n    (market.options.v1.of_any_rpc) = true", "", rules="ERROR_GONE"),
    # generated source
    change("a resource gets another type", ORDER, "message Order {",
           'type: "marketmesh.example/Order"', 'type: "marketmesh.example/Purchase"',
           rules="RESOURCE_CHANGED"),
    change("the names of a resource have another pattern", ORDER, "message Order {",
           '"orders/{order}"', '"shop/{order}"', rules="RESOURCE_CHANGED"),
    change("the Go package moves", ORDER, "",
           "/order/v1;orderv1", "/orders/v1;orderv1", rules="FILE_SAME_GO_PACKAGE"),
    change("the Java package moves", ORDER, "",
           "com.marketmesh.order.v1", "com.marketmesh.orders.v1", rules="FILE_SAME_JAVA_PACKAGE"),
    change("an id refers to something else", ORDER, "message Order {",
           "marketmesh.example/User", "marketmesh.example/Session", rules="REFERENCE_CHANGED"),
)  # fmt: skip

COMPATIBLE = (
    change("a comment is changed", ORDER, "message OrderItem {", "// How many.", "// The number."),
    change("a field is added", ORDER, "message OrderItem {",
           "  // How many.\n", "  // Colour.\n  string colour = 9;\n  // How many.\n"),
    change("an optional field is added to a request", ORDER, "message CreateOrderItem {",
           "  // How many, 1 to 1000.\n",
           "  // Wrapped how.\n  string wrap = 9 [(buf.validate.field).string.max_len = 9];\n"
           "  // How many, 1 to 1000.\n"),
    change("an enum value is added", ORDER, "enum OrderState {",
           "  // Handed over.\n", "  // Lost.\n  ORDER_STATE_LOST = 7;\n  // Handed over.\n"),
    change("an RPC is added", ORDER, "service OrderService {",
           "  // GetOrder returns one order.\n",
           "  // PeekOrder returns one order.\n"
           "  rpc PeekOrder(GetOrderRequest) returns (GetOrderResponse) {\n"
           "    option (market.options.v1.access) = {signed_in: true};\n"
           "    option (market.options.v1.deadline_ms) = 1000;\n  }\n"
           "  // GetOrder returns one order.\n"),
    change("a binding is added", CATALOG, "rpc ListProducts(",
           '{get: "/api/products"}',
           '{get: "/api/products" additional_bindings: {get: "/api/goods"}}'),
    change("a variable of a path is written out", CATALOG, "rpc GetProduct(", "{sku}", "{sku=*}"),
    change("every user may call", ORDER, "rpc FulfillOrder(",
           'staff_scope: "orders.write"', 'signed_in: true staff_scope: "orders.write"'),
    change("one more service may call", ORDER, "rpc GetOrder(",
           'services: ["payment_service"]', 'services: ["payment_service", "user_service"]'),
    change("a deadline is longer", ORDER, "rpc GetOrder(",
           "deadline_ms) = 2000", "deadline_ms) = 3000"),
    change("every request is answered anew", CATALOG, "rpc GetProduct(",
           "    option (market.options.v1.max_age_s) = 1;\n", ""),
    change("repeats become safe", USER, "rpc UpdateUser(", "IDEMPOTENCY_UNKNOWN", "IDEMPOTENT"),
    change("a text may be longer", ORDER, "message CreateOrderItem {",
           "max_len: 64", "max_len: 99"),
    change("the same limit is said otherwise", ORDER, "message CreateOrderItem {",
           "gte: 1", "gt: 0"),
    change("an expression goes", ORDER, "message CreateOrderRequest {",
           'id: "items.unique"', 'id: "items.once"'),
    change("one more word is allowed", ORDER, "message CancelOrderRequest {",
           "      3\n", "      3, 4\n"),
    change("a field is not required any more", ORDER, "message CreateOrderItem {",
           "= REQUIRED", "= OPTIONAL"),
    change("an error is added", ORDER, "rpc GetOrder(",
           "    option (market.options.v1.deadline_ms) = 2000;",
           "    option (market.options.v1.deadline_ms) = 2000;\n"
           '    option (market.options.v1.errors) = {reason: "USER_NOT_FOUND"};'),
    change("a field becomes sensitive", ORDER, "message OrderItem {",
           "string title = 2 [", "string title = 2 [(market.options.v1.sensitive) = true, "),
    change("a field that is only sent says so", ORDER, "message CreateOrderItem {",
           "= REQUIRED", "= INPUT_ONLY"),
    change("an RPC is deprecated", ORDER, "rpc GetOrder(",
           "    option idempotency_level",
           "    option deprecated = true;\n    option idempotency_level"),
)  # fmt: skip
