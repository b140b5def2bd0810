package shop;

import static shop.Dial.dial;

import com.google.protobuf.FieldMask;
import com.marketmesh.catalog.v1.CatalogServiceGrpc;
import com.marketmesh.catalog.v1.ListProductsRequest;
import com.marketmesh.catalog.v1.Product;
import com.marketmesh.order.v1.CreateOrderItem;
import com.marketmesh.order.v1.CreateOrderRequest;
import com.marketmesh.order.v1.ErrorReason;
import com.marketmesh.order.v1.Order;
import com.marketmesh.order.v1.OrderServiceGrpc;
import com.marketmesh.order.v1.OrderState;
import com.marketmesh.order.v1.WatchOrderRequest;
import com.marketmesh.user.v1.CreateTokenRequest;
import com.marketmesh.user.v1.CreateUserRequest;
import com.marketmesh.user.v1.GetUserRequest;
import com.marketmesh.user.v1.SessionServiceGrpc;
import com.marketmesh.user.v1.UpdateUserRequest;
import com.marketmesh.user.v1.User;
import com.marketmesh.user.v1.UserServiceGrpc;
import io.grpc.ClientInterceptor;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.AbstractStub;
import io.grpc.stub.MetadataUtils;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The story of a customer in Java, by the bundle of contracts alone: prints each chapter that came
 * out as the contract says, and ends with the first that did not.
 */
public final class Story {
  private static final Duration CALL = Duration.ofSeconds(10);
  private static final Metadata.Key<String> AUTHORIZATION = key("authorization");
  private static final Metadata.Key<String> REPLAYED = key("x-mesh-replayed");

  private final UserServiceGrpc.UserServiceBlockingStub users;
  private final SessionServiceGrpc.SessionServiceBlockingStub sessions;
  private final CatalogServiceGrpc.CatalogServiceBlockingStub catalog;
  private final OrderServiceGrpc.OrderServiceBlockingStub orders;
  private final Metadata headers = new Metadata();

  private Story(ManagedChannel userService, ManagedChannel orderService) {
    users = UserServiceGrpc.newBlockingStub(userService);
    sessions = SessionServiceGrpc.newBlockingStub(userService);
    catalog = CatalogServiceGrpc.newBlockingStub(orderService);
    orders = OrderServiceGrpc.newBlockingStub(orderService);
  }

  /** Returns a stub whose calls carry the access token, with a deadline of their own. */
  private <S extends AbstractStub<S>> S signedIn(S stub, Duration limit) {
    ClientInterceptor token = MetadataUtils.newAttachHeadersInterceptor(headers);
    return stub.withInterceptors(token).withDeadlineAfter(limit);
  }

  private void register() {
    String username = "duke-" + UUID.randomUUID().toString().substring(0, 12);
    String password = "correct horse battery staple";
    var user =
        CreateUserRequest.newBuilder()
            .setUsername(username)
            .setEmail(username + "@example.org")
            .setPassword(password)
            .setRequestId(UUID.randomUUID().toString())
            .build();
    users.withDeadlineAfter(CALL).createUser(user);
    var login = CreateTokenRequest.newBuilder().setUsername(username).setPassword(password).build();
    var tokens = sessions.withDeadlineAfter(CALL).createToken(login);
    headers.put(AUTHORIZATION, "Bearer " + tokens.getAccessToken());
  }

  private void listByPages() {
    Set<String> skus = new HashSet<>();
    int pages = 0;
    String token = "";
    do {
      var request = ListProductsRequest.newBuilder().setPageSize(2).setPageToken(token).build();
      var page = signedIn(catalog, CALL).listProducts(request);
      page.getProductsList().stream().map(Product::getSku).forEach(skus::add);
      token = page.getNextPageToken();
      pages++;
    } while (!token.isEmpty());
    expect(pages > 1 && skus.contains("MUG-BLUE"), pages + " pages of " + skus);
  }

  private Order order(String sku, int quantity, UUID requestId, ClientInterceptor... more) {
    var request =
        CreateOrderRequest.newBuilder()
            .setUserId("me")
            .addItems(CreateOrderItem.newBuilder().setSku(sku).setQuantity(quantity))
            .setPaymentMethod("pm_ok")
            .setRequestId(requestId.toString())
            .build();
    return signedIn(orders, CALL).withInterceptors(more).createOrder(request).getOrder();
  }

  private void watchUntilConfirmed(Order order) {
    var request = WatchOrderRequest.newBuilder().setOrderId(order.getId()).build();
    var events = signedIn(orders, Duration.ofSeconds(60)).watchOrder(request);
    while (events.hasNext()) {
      if (events.next().getEvent().getState() == OrderState.ORDER_STATE_CONFIRMED) {
        return;
      }
    }
    throw new AssertionError("the stream ended before");
  }

  private void repeat(Order order, UUID requestId) {
    var header = new AtomicReference<Metadata>();
    var trailer = new AtomicReference<Metadata>();
    var capture = MetadataUtils.newCaptureMetadataInterceptor(header, trailer);
    Order again = order("MUG-BLUE", 1, requestId, capture);
    boolean replayed = trailer.get().containsKey(REPLAYED);
    expect(again.getId().equals(order.getId()) && replayed, "another order, or no trailer");
  }

  private void typedError() throws Exception {
    Refusal found = Refusal.from(() -> order("NO-SUCH-MUG", 1, UUID.randomUUID()));
    var reason = ErrorReason.valueOf("ERROR_REASON_" + found.info().getReason());
    expect(reason == ErrorReason.ERROR_REASON_PRODUCT_NOT_FOUND, found);
    expect(found.code() == Status.Code.FAILED_PRECONDITION, found);
    expect(found.info().getDomain().equals("market.order.v1"), found);
  }

  private void fieldViolations() throws Exception {
    Refusal found = Refusal.from(() -> order("MUG-BLUE", 0, UUID.randomUUID()));
    var fields = found.request().getFieldViolationsList().stream().map(one -> one.getField());
    expect(found.code() == Status.Code.INVALID_ARGUMENT, found);
    expect(fields.toList().equals(List.of("items[0].quantity")), found);
  }

  /** Allows a sign-in less time than it takes to check a password. */
  private void deadline() throws Exception {
    var login =
        CreateTokenRequest.newBuilder().setUsername("nobody").setPassword("a guess").build();
    long began = System.nanoTime();
    var limited = sessions.withDeadlineAfter(Duration.ofMillis(5));
    Refusal found = Refusal.from(() -> limited.createToken(login));
    var took = Duration.ofNanos(System.nanoTime() - began);
    expect(found.code() == Status.Code.DEADLINE_EXCEEDED, found);
    expect(took.compareTo(Duration.ofSeconds(5)) < 0, took);
  }

  private void update() throws Exception {
    var me = GetUserRequest.newBuilder().setUserId("me").build();
    User before = signedIn(users, CALL).getUser(me).getUser();
    var change =
        UpdateUserRequest.newBuilder()
            .setUser(User.newBuilder().setId("me").setFullName("Ada Lovelace"))
            .setUpdateMask(FieldMask.newBuilder().addPaths("full_name"));
    User after = signedIn(users, CALL).updateUser(change.build()).getUser();
    expect(after.getFullName().equals("Ada Lovelace"), after);
    expect(after.getUsername().equals(before.getUsername()), after);
    change.getUserBuilder().setEtag(before.getEtag());
    var stale = change.build();
    Refusal found = Refusal.from(() -> signedIn(users, CALL).updateUser(stale));
    expect(found.code() == Status.Code.ABORTED, found);
    expect(found.info().getReason().equals("ETAG_MISMATCH"), found);
  }

  /** Opens more streams than one caller may, and is told when to ask again. */
  private void retryInfo(Order order) throws Exception {
    var request = WatchOrderRequest.newBuilder().setOrderId(order.getId()).build();
    Refusal found =
        Refusal.from(
            () -> {
              for (int open = 0; open < 40; open++) {
                signedIn(orders, Duration.ofSeconds(30)).watchOrder(request).next();
              }
            });
    expect(found.code() == Status.Code.RESOURCE_EXHAUSTED, found);
    expect(found.info().getReason().equals("TOO_MANY_STREAMS"), found);
    expect(found.retry().getRetryDelay().getSeconds() == 5, found);
  }

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  private static void expect(boolean right, Object found) {
    if (!right) {
      throw new AssertionError(found);
    }
  }

  public static void main(String[] args) throws Exception {
    ManagedChannel userService = dial("user_service");
    ManagedChannel orderService = dial("order_service");
    try {
      new Story(userService, orderService).tell();
    } finally {
      userService.shutdownNow();
      orderService.shutdownNow();
    }
  }

  private void tell() throws Exception {
    UUID requestId = UUID.randomUUID();
    register();
    System.out.println("register and sign in");
    listByPages();
    System.out.println("list by pages");
    Order order = order("MUG-BLUE", 1, requestId);
    System.out.println("order");
    watchUntilConfirmed(order);
    System.out.println("watch until confirmed");
    repeat(order, requestId);
    System.out.println("repeat under one request_id");
    typedError();
    System.out.println("typed error");
    fieldViolations();
    System.out.println("field violations");
    deadline();
    System.out.println("deadline");
    update();
    System.out.println("masked update and etag conflict");
    retryInfo(order);
    System.out.println("retry info");
  }
}
