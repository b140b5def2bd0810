// Registers, signs in and orders by the client that openapi-generator makes for Go, and prints
// the state in which the order comes to rest.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"story/market"
)

const password = "correct horse battery staple"

func main() {
	configuration := market.NewConfiguration()
	configuration.Servers = market.ServerConfigurations{{URL: os.Args[1]}}
	client, anyone := market.NewAPIClient(configuration), context.Background()
	name := fmt.Sprintf("go-%x", time.Now().UnixNano())

	account := market.NewCreateUserRequest(name, name+"@example.org", password)
	_, _, err := client.UserAPI.UserServiceCreateUser(anyone).CreateUserRequest(*account).Execute()
	check(err)

	login := market.NewCreateTokenRequest(password)
	login.SetUsername(name)
	tokens, _, err := client.SessionAPI.SessionServiceCreateToken(anyone).CreateTokenRequest(*login).Execute()
	check(err)
	signedIn := context.WithValue(anyone, market.ContextAccessToken, tokens.AccessToken)

	items := []market.CreateOrderItemInput{*market.NewCreateOrderItemInput("MUG-BLUE", 1)}
	wanted := market.NewCreateOrderRequest(items, "pm_ok")
	order, _, err := client.OrderAPI.OrderServiceCreateOrder(signedIn).CreateOrderRequest(*wanted).Execute()
	check(err)
	for order.State == "ORDER_STATE_PENDING" {
		time.Sleep(100 * time.Millisecond)
		order, _, err = client.OrderAPI.OrderServiceGetOrder(signedIn, order.Id).Execute()
		check(err)
	}
	fmt.Println(order.State)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
