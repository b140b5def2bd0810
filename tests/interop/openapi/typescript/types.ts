// Registers, signs in and orders with the types of openapi-typescript over openapi-fetch, and
// prints the state in which the order comes to rest.
import createClient from "openapi-fetch";
import type { components, paths } from "./market.js";

const password = "correct horse battery staple";
const username = `fetch-${Date.now().toString(16)}`;
const market = createClient<paths>({ baseUrl: process.argv[2]! });

type Problem = components["schemas"]["Problem"];

function done<T>(answer: { data?: T; error?: Problem }): T {
  if (answer.data === undefined) throw new Error(answer.error?.code ?? "no answer");
  return answer.data;
}

done(
  await market.POST("/api/users", {
    body: { username, email: `${username}@example.org`, password },
  }),
);
const tokens = done(await market.POST("/api/auth/token", { body: { username, password } }));
const headers = { Authorization: `Bearer ${tokens.access_token}` };
let order = done(
  await market.POST("/api/orders", {
    headers,
    body: { items: [{ sku: "MUG-BLUE", quantity: 1 }], payment_method: "pm_ok" },
  }),
);
while (order.state === "ORDER_STATE_PENDING") {
  await new Promise((resolve) => setTimeout(resolve, 100));
  const path = { order_id: order.id };
  order = done(await market.GET("/api/orders/{order_id}", { headers, params: { path } }));
}
console.log(order.state);
