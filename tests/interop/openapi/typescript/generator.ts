// Registers, signs in and orders by the client that openapi-generator makes (typescript-fetch),
// and prints the state in which the order comes to rest.
import { Configuration, OrderApi, SessionApi, UserApi } from "./market/index.js";

const password = "correct horse battery staple";
const basePath = process.argv[2]!;
const username = `ts-${Date.now().toString(16)}`;
const anyone = new Configuration({ basePath });

await new UserApi(anyone).userServiceCreateUser({
  createUserRequest: { username, email: `${username}@example.org`, password },
});
const { accessToken } = await new SessionApi(anyone).sessionServiceCreateToken({
  createTokenRequest: { username, password },
});
const orders = new OrderApi(new Configuration({ basePath, accessToken }));
let order = await orders.orderServiceCreateOrder({
  createOrderRequest: { items: [{ sku: "MUG-BLUE", quantity: 1 }], paymentMethod: "pm_ok" },
});
while (order.state === "ORDER_STATE_PENDING") {
  await new Promise((resolve) => setTimeout(resolve, 100));
  order = await orders.orderServiceGetOrder({ orderId: order.id });
}
console.log(order.state);
