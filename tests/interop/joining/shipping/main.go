// A service of another team that joins the mesh: its contract is protos/shipping/v1, and the
// bundle of the market's contracts is all that it knows of the others.
package main

import (
	"context"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"

	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"

	shippingv1 "example.com/shipping/gen/shipping/v1"
)

type shipping struct {
	shippingv1.UnimplementedShippingServiceServer
}

func (shipping) GetQuote(ctx context.Context, request *shippingv1.GetQuoteRequest) (*shippingv1.GetQuoteResponse, error) {
	if request.CountryCode != "DE" {
		return nil, refusal(shippingv1.ErrorReason_ERROR_REASON_COUNTRY_NOT_SERVED, "nothing is shipped there")
	}
	price := &money.Money{CurrencyCode: "EUR", Units: 4 + int64(request.Grams)/1000}
	return &shippingv1.GetQuoteResponse{Price: price, QuotedFor: callerOf(ctx).name()}, nil
}

func main() {
	keys := must(newUserKeys(os.Getenv("JWKS_URL")))
	gate := must(newGate(shippingv1.File_shipping_v1_shipping_proto, keys))
	server := grpc.NewServer(grpc.Creds(must(mutualTLS())), grpc.UnaryInterceptor(gate.admit))
	shippingv1.RegisterShippingServiceServer(server, shipping{})
	grpc_health_v1.RegisterHealthServer(server, health.NewServer())
	reflection.Register(server)
	listening := must(net.Listen("tcp", os.Getenv("SHIPPING_SERVICE_BIND")))
	ended, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	go func() {
		<-ended.Done()
		server.GracefulStop()
	}()
	if err := server.Serve(listening); err != nil {
		log.Fatal(err)
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}
