// Verifies an access token with golang-jwt, as a service in Go would: the key set's file is
// the argument, the token is read from standard input, and the subject is printed.
package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

type keySet struct {
	Keys []struct{ Kty, Crv, X, Kid, Alg, Use string }
}

func (set keySet) keyOf(token *jwt.Token) (any, error) {
	for _, key := range set.Keys {
		if key.Kid == token.Header["kid"] && key.Kty == "OKP" && key.Alg == token.Method.Alg() {
			x, err := base64.RawURLEncoding.DecodeString(key.X)
			return ed25519.PublicKey(x), err
		}
	}
	return nil, fmt.Errorf("no key %v", token.Header["kid"])
}

func verify() (string, error) {
	content, err := os.ReadFile(os.Args[1])
	if err != nil {
		return "", err
	}
	var set keySet
	if err := json.Unmarshal(content, &set); err != nil {
		return "", err
	}
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		return "", err
	}
	token, err := jwt.Parse(
		strings.TrimSpace(string(text)), set.keyOf,
		jwt.WithValidMethods([]string{"EdDSA"}), jwt.WithExpirationRequired(),
		jwt.WithAudience("marketmesh"), jwt.WithIssuer("marketmesh"),
	)
	if err != nil {
		return "", err
	}
	return token.Claims.GetSubject()
}

func main() {
	subject, err := verify()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(subject)
}
