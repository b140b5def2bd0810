package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"strings"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
)

const trustDomain = "spiffe://market/"

// mutualTLS returns credentials that require a certificate of the mesh's authority.
func mutualTLS() (credentials.TransportCredentials, error) {
	own, err := tls.LoadX509KeyPair(os.Getenv("MESH_CERT_FILE"), os.Getenv("MESH_KEY_FILE"))
	if err != nil {
		return nil, err
	}
	pem, err := os.ReadFile(os.Getenv("MESH_CA_FILE"))
	if err != nil {
		return nil, err
	}
	authorities := x509.NewCertPool()
	if !authorities.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("MESH_CA_FILE has no certificate")
	}
	return credentials.NewTLS(&tls.Config{
		Certificates: []tls.Certificate{own},
		ClientCAs:    authorities,
		ClientAuth:   tls.RequireAndVerifyClientCert,
		MinVersion:   tls.VersionTLS13,
	}), nil
}

// serviceOf returns the service that the caller's certificate names, which TLS has verified.
func serviceOf(ctx context.Context) string {
	from, known := peer.FromContext(ctx)
	if !known {
		return ""
	}
	secured, isTLS := from.AuthInfo.(credentials.TLSInfo)
	if !isTLS || len(secured.State.PeerCertificates) == 0 {
		return ""
	}
	names := secured.State.PeerCertificates[0].URIs
	if len(names) != 1 {
		return ""
	}
	service, ofMesh := strings.CutPrefix(names[0].String(), trustDomain)
	if !ofMesh {
		return ""
	}
	return service
}

// user is who signed in, as an access token says; without an id it is nobody.
type user struct {
	id     string
	scopes []string
}

type claims struct {
	jwt.RegisteredClaims
	Scope string `json:"scope"`
}

// userKeys verifies access tokens by the keys that the mesh publishes, which are fetched again
// when a token names one that is not known.
type userKeys struct {
	fetched keyfunc.Keyfunc
	parser  *jwt.Parser
}

func newUserKeys(url string) (*userKeys, error) {
	fetched, err := keyfunc.NewDefault([]string{url})
	if err != nil {
		return nil, err
	}
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{"EdDSA"}), jwt.WithExpirationRequired(),
		jwt.WithIssuer("marketmesh"), jwt.WithAudience("marketmesh"),
	)
	return &userKeys{fetched, parser}, nil
}

// userOf returns the user whose token came along, which is verified here again.
func (k *userKeys) userOf(ctx context.Context) (user, error) {
	sent := metadata.ValueFromIncomingContext(ctx, "authorization")
	if len(sent) == 0 {
		return user{}, nil
	}
	scheme, text, _ := strings.Cut(sent[0], " ")
	if !strings.EqualFold(scheme, "bearer") {
		return user{}, fmt.Errorf("the scheme is not Bearer")
	}
	var said claims
	token, err := k.parser.ParseWithClaims(text, &said, k.fetched.Keyfunc)
	if err != nil {
		return user{}, err
	}
	if token.Header["typ"] != "at+jwt" {
		return user{}, fmt.Errorf("the token is no access token")
	}
	return user{said.Subject, strings.Fields(said.Scope)}, nil
}
