// The story of a customer in Go, by the bundle of contracts alone: prints each chapter that
// came out as the contract says, and ends with the first that did not.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log"
	"time"

	"buf.build/go/protovalidate"
	"github.com/google/uuid"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	catalogv1 "example.com/shop/gen/market/catalog/v1"
	orderv1 "example.com/shop/gen/market/order/v1"
	userv1 "example.com/shop/gen/market/user/v1"
)

// shop holds the clients of one customer, who is signed in once `token` is set.
type shop struct {
	users    userv1.UserServiceClient
	sessions userv1.SessionServiceClient
	catalog  catalogv1.CatalogServiceClient
	orders   orderv1.OrderServiceClient
	token    string
}

// signedIn returns a context whose calls carry the access token, with a deadline of their own.
func (s *shop) signedIn(limit time.Duration) (context.Context, context.CancelFunc) {
	ctx := metadata.AppendToOutgoingContext(context.Background(), "authorization", "Bearer "+s.token)
	return context.WithTimeout(ctx, limit)
}

// refusal is an error as the mesh sends it: AIP-193.
type refusal struct {
	code       codes.Code
	reason     string
	domain     string
	violations []*errdetails.BadRequest_FieldViolation
	retry      time.Duration
}

// refusalOf reads the details of an error.
func refusalOf(err error) refusal {
	found := refusal{code: status.Code(err)}
	for _, detail := range status.Convert(err).Details() {
		switch one := detail.(type) {
		case *errdetails.ErrorInfo:
			found.reason, found.domain = one.Reason, one.Domain
		case *errdetails.BadRequest:
			found.violations = one.FieldViolations
		case *errdetails.RetryInfo:
			found.retry = one.RetryDelay.AsDuration()
		}
	}
	return found
}

func (s *shop) register() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	name, password := "gopher-"+rand.Text()[:12], "correct horse battery staple"
	_, err := s.users.CreateUser(ctx, &userv1.CreateUserRequest{
		Username: name, Email: name + "@example.org", Password: password, RequestId: uuid.NewString(),
	})
	if err != nil {
		return err
	}
	login := &userv1.CreateTokenRequest_Username{Username: name}
	tokens, err := s.sessions.CreateToken(ctx, &userv1.CreateTokenRequest{Login: login, Password: password})
	if err == nil {
		s.token = tokens.AccessToken
	}
	return err
}

func (s *shop) listByPages() error {
	ctx, cancel := s.signedIn(10 * time.Second)
	defer cancel()
	skus, token := map[string]bool{}, ""
	for pages := 1; ; pages++ {
		page, err := s.catalog.ListProducts(ctx, &catalogv1.ListProductsRequest{PageSize: 2, PageToken: token})
		if err != nil {
			return err
		}
		for _, product := range page.Products {
			skus[product.Sku] = true
		}
		if token = page.NextPageToken; token == "" {
			return expect(pages > 1 && skus["MUG-BLUE"], "%d pages of %v", pages, skus)
		}
	}
}

// order places an order, after checking the request by the contract's own constraints.
func (s *shop) order(sku string, quantity int32, requestID string, options ...grpc.CallOption) (*orderv1.Order, error) {
	request := &orderv1.CreateOrderRequest{
		UserId:        "me",
		Items:         []*orderv1.CreateOrderItem{{Sku: sku, Quantity: quantity}},
		PaymentMethod: "pm_ok",
		RequestId:     requestID,
	}
	if quantity > 0 {
		if err := protovalidate.Validate(request); err != nil {
			return nil, err
		}
	}
	ctx, cancel := s.signedIn(10 * time.Second)
	defer cancel()
	response, err := s.orders.CreateOrder(ctx, request, options...)
	return response.GetOrder(), err
}

func (s *shop) watchUntilConfirmed(order *orderv1.Order) error {
	ctx, cancel := s.signedIn(60 * time.Second)
	defer cancel()
	stream, err := s.orders.WatchOrder(ctx, &orderv1.WatchOrderRequest{OrderId: order.Id})
	for err == nil {
		var next *orderv1.WatchOrderResponse
		if next, err = stream.Recv(); err == nil && next.Event.State == orderv1.OrderState_ORDER_STATE_CONFIRMED {
			return nil
		}
	}
	return err
}

func (s *shop) repeat(order *orderv1.Order, requestID string) error {
	var trailer metadata.MD
	again, err := s.order("MUG-BLUE", 1, requestID, grpc.Trailer(&trailer))
	if err != nil {
		return err
	}
	replayed := len(trailer.Get("x-mesh-replayed")) == 1
	return expect(again.Id == order.Id && replayed, "another order, or no trailer: %v", trailer)
}

func (s *shop) unknownProduct() error {
	_, err := s.order("NO-SUCH-MUG", 1, uuid.NewString())
	found := refusalOf(err)
	_, known := orderv1.ErrorReason_value["ERROR_REASON_"+found.reason]
	right := found.code == codes.FailedPrecondition && found.reason == "PRODUCT_NOT_FOUND"
	return expect(right && known && found.domain == "market.order.v1", "%v", err)
}

func (s *shop) violations() error {
	_, err := s.order("MUG-BLUE", 0, uuid.NewString())
	found := refusalOf(err)
	right := found.code == codes.InvalidArgument && len(found.violations) == 1
	return expect(right && found.violations[0].Field == "items[0].quantity", "%v", err)
}

// retryInfo opens more streams than one caller may, and is told when to ask again.
func (s *shop) retryInfo(order *orderv1.Order) error {
	ctx, cancel := s.signedIn(30 * time.Second)
	defer cancel()
	for range 40 {
		stream, err := s.orders.WatchOrder(ctx, &orderv1.WatchOrderRequest{OrderId: order.Id})
		if err != nil {
			return err
		}
		if _, err = stream.Recv(); err != nil {
			found := refusalOf(err)
			right := found.reason == "TOO_MANY_STREAMS" && found.retry == 5*time.Second
			return expect(found.code == codes.ResourceExhausted && right, "%v", err)
		}
	}
	return errors.New("40 streams were opened")
}

// deadline allows a sign-in less time than it takes to check a password.
func (s *shop) deadline() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Millisecond)
	defer cancel()
	began := time.Now()
	login := &userv1.CreateTokenRequest_Username{Username: "nobody"}
	_, err := s.sessions.CreateToken(ctx, &userv1.CreateTokenRequest{Login: login, Password: "a guess"})
	took := time.Since(began)
	return expect(status.Code(err) == codes.DeadlineExceeded && took < 5*time.Second, "%v after %v", err, took)
}

func (s *shop) update() error {
	ctx, cancel := s.signedIn(10 * time.Second)
	defer cancel()
	change := &userv1.UpdateUserRequest{
		User:       &userv1.User{Id: "me", FullName: "Ada Lovelace", Username: "not in the mask"},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"full_name"}},
	}
	before, err := s.users.GetUser(ctx, &userv1.GetUserRequest{UserId: "me"})
	if err != nil {
		return err
	}
	change.User.Username = before.User.Username
	after, err := s.users.UpdateUser(ctx, change)
	if err != nil {
		return err
	}
	stale := proto.CloneOf(change)
	stale.User.Etag = before.User.Etag
	_, err = s.users.UpdateUser(ctx, stale)
	found := refusalOf(err)
	right := after.User.FullName == "Ada Lovelace" && after.User.Etag != before.User.Etag
	return expect(right && found.code == codes.Aborted && found.reason == "ETAG_MISMATCH", "%v", err)
}

func expect(right bool, format string, values ...any) error {
	if right {
		return nil
	}
	return fmt.Errorf("not as expected: "+format, values...)
}

func main() {
	users, orders := dial("user_service"), dial("order_service")
	s := &shop{
		users:    userv1.NewUserServiceClient(users),
		sessions: userv1.NewSessionServiceClient(users),
		catalog:  catalogv1.NewCatalogServiceClient(orders),
		orders:   orderv1.NewOrderServiceClient(orders),
	}
	var order *orderv1.Order
	requestID := uuid.NewString()
	chapters := []struct {
		name string
		run  func() error
	}{
		{"register and sign in", s.register},
		{"list by pages", s.listByPages},
		{"order", func() (err error) { order, err = s.order("MUG-BLUE", 1, requestID); return }},
		{"watch until confirmed", func() error { return s.watchUntilConfirmed(order) }},
		{"repeat under one request_id", func() error { return s.repeat(order, requestID) }},
		{"typed error", s.unknownProduct},
		{"field violations", s.violations},
		{"deadline", s.deadline},
		{"masked update and etag conflict", s.update},
		{"retry info", func() error { return s.retryInfo(order) }},
	}
	for _, chapter := range chapters {
		if err := chapter.run(); err != nil {
			log.Fatalf("%s: %v", chapter.name, err)
		}
		fmt.Println(chapter.name)
	}
}
