package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log"
	"os"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
)

// policy holds for the RPCs that are named first. Source: grpc/doc/service_config.md.
const policy = `{"methodConfig": [{"name": [%s], "retryPolicy": {"maxAttempts": 4, "initialBackoff": "0.05s",
	"maxBackoff": "0.5s", "backoffMultiplier": 2, "retryableStatusCodes": ["UNAVAILABLE"]}}]}`

// dial opens a channel to a service, whose address is in the environment: with mutual TLS where
// MESH_CA_FILE is set, in plaintext otherwise.
func dial(service string) *grpc.ClientConn {
	target := os.Getenv(strings.ToUpper(service) + "_TARGET")
	connection, err := grpc.NewClient(target,
		grpc.WithTransportCredentials(transport(service)), grpc.WithDefaultServiceConfig(retries()))
	if err != nil {
		log.Fatal(err)
	}
	return connection
}

// retries returns gRPC's service config, by which RPCs are tried again that a repeat changes nothing
// of: a service that has just lost its database, or is replaced, refuses calls for a moment.
func retries() string {
	var names []string
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			service := file.Services().Get(i)
			for j := range service.Methods().Len() {
				method := service.Methods().Get(j)
				level := method.Options().(*descriptorpb.MethodOptions).GetIdempotencyLevel()
				if level != descriptorpb.MethodOptions_IDEMPOTENCY_UNKNOWN {
					names = append(names, fmt.Sprintf(`{"service": %q, "method": %q}`, service.FullName(), method.Name()))
				}
			}
		}
		return true
	})
	return fmt.Sprintf(policy, strings.Join(names, ", "))
}

func transport(service string) credentials.TransportCredentials {
	authority := os.Getenv("MESH_CA_FILE")
	if authority == "" {
		return insecure.NewCredentials()
	}
	pem, err := os.ReadFile(authority)
	if err != nil {
		log.Fatal(err)
	}
	own, err := tls.LoadX509KeyPair(os.Getenv("MESH_CERT_FILE"), os.Getenv("MESH_KEY_FILE"))
	if err != nil {
		log.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	return credentials.NewTLS(&tls.Config{
		RootCAs: roots, Certificates: []tls.Certificate{own}, ServerName: strings.ReplaceAll(service, "_", "-") + ".market.internal",
	})
}
