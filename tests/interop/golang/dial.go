package main

import (
	"crypto/tls"
	"crypto/x509"
	"log"
	"os"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
)

// dial opens a channel to a service, whose address is in the environment: with mutual TLS where
// MESH_CA_FILE is set, in plaintext otherwise.
func dial(service string) *grpc.ClientConn {
	target := os.Getenv(strings.ToUpper(service) + "_TARGET")
	connection, err := grpc.NewClient(target, grpc.WithTransportCredentials(transport(service)))
	if err != nil {
		log.Fatal(err)
	}
	return connection
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
