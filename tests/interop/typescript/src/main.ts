// The story of a customer in TypeScript, by the bundle of contracts alone: prints each chapter
// that came out as the contract says, and ends with the first that did not.
import { strict as assert } from "node:assert";
import { randomUUID } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { type CallOptions, Code, ConnectError, createClient } from "@connectrpc/connect";
import { CatalogService } from "../gen/market/catalog/v1/catalog_pb.js";
import {
  CreateOrderRequestSchema,
  ErrorReason,
  type Order,
  OrderService,
  OrderState,
} from "../gen/market/order/v1/order_pb.js";
import { SessionService } from "../gen/market/user/v1/session_pb.js";
import { UserService } from "../gen/market/user/v1/user_pb.js";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "../gen/google/rpc/error_details_pb.js";
import { transport } from "./transport.js";

const users = createClient(UserService, transport("user_service"));
const sessions = createClient(SessionService, transport("user_service"));
const catalog = createClient(CatalogService, transport("order_service"));
const orders = createClient(OrderService, transport("order_service"));
const headers = new Headers();

const within = (timeoutMs: number, more: CallOptions = {}): CallOptions => ({ headers, timeoutMs, ...more });

/** Resolves to the error that a call ends with, and its details (AIP-193). */
async function refusalOf(call: Promise<unknown>) {
  const error = await call.then(
    () => assert.fail("the call succeeded"),
    (reason: unknown) => ConnectError.from(reason),
  );
  return {
    code: error.code,
    info: error.findDetails(ErrorInfoSchema)[0],
    violations: error.findDetails(BadRequestSchema)[0]?.fieldViolations ?? [],
    retryDelay: error.findDetails(RetryInfoSchema)[0]?.retryDelay,
    text: String(error),
  };
}

async function register() {
  const username = `tess-${randomUUID().slice(0, 12)}`;
  const password = "correct horse battery staple";
  const email = `${username}@example.org`;
  await users.createUser({ username, email, password, requestId: randomUUID() }, within(10_000));
  const login = { case: "username", value: username } as const;
  const tokens = await sessions.createToken({ login, password }, within(10_000));
  headers.set("authorization", `Bearer ${tokens.accessToken}`);
}

async function listByPages() {
  const skus: string[] = [];
  let pages = 0;
  for (let pageToken = ""; pages === 0 || pageToken !== ""; pages++) {
    const page = await catalog.listProducts({ pageSize: 2, pageToken }, within(10_000));
    skus.push(...page.products.map((product) => product.sku));
    pageToken = page.nextPageToken;
  }
  assert(pages > 1 && skus.includes("MUG-BLUE"), `${pages} pages of ${skus}`);
}

async function place(sku: string, quantity: number, requestId: string, more: CallOptions = {}): Promise<Order> {
  const items = [{ sku, quantity }];
  const request = create(CreateOrderRequestSchema, { userId: "me", items, paymentMethod: "pm_ok", requestId });
  const { order } = await orders.createOrder(request, within(10_000, more));
  assert(order);
  return order;
}

async function watchUntilConfirmed(orderId: string) {
  for await (const { event } of orders.watchOrder({ orderId }, within(60_000))) {
    if (event?.state === OrderState.CONFIRMED) return;
  }
  assert.fail("the stream ended before");
}

async function repeat(order: Order, requestId: string) {
  let replayed: string | null = null;
  const onTrailer = (trailer: Headers) => {
    replayed = trailer.get("x-mesh-replayed");
  };
  const again = await place("MUG-BLUE", 1, requestId, { onTrailer });
  assert.equal(again.id, order.id);
  assert(replayed !== null, "no trailer tells of the repeat");
}

async function typedError() {
  const { code, info, text } = await refusalOf(place("NO-SUCH-MUG", 1, randomUUID()));
  assert.deepEqual([code, info?.reason, info?.domain], [Code.FailedPrecondition, "PRODUCT_NOT_FOUND", "market.order.v1"], text);
  assert.equal(ErrorReason[info?.reason as keyof typeof ErrorReason], ErrorReason.PRODUCT_NOT_FOUND);
}

async function fieldViolations() {
  const { code, violations, text } = await refusalOf(place("MUG-BLUE", 0, randomUUID()));
  assert.deepEqual([code, violations.map((one) => one.field)], [Code.InvalidArgument, ["items[0].quantity"]], text);
}

/** Allows a sign-in less time than it takes to check a password. */
async function deadline() {
  const began = Date.now();
  const login = { case: "username", value: "nobody" } as const;
  const { code, text } = await refusalOf(sessions.createToken({ login, password: "a guess" }, { timeoutMs: 5 }));
  assert.equal(code, Code.DeadlineExceeded, text);
  assert(Date.now() - began < 5_000);
}

async function update() {
  const before = (await users.getUser({ userId: "me" }, within(10_000))).user;
  assert(before);
  const change = { user: { id: "me", fullName: "Ada Lovelace" }, updateMask: { paths: ["full_name"] } };
  const after = (await users.updateUser(change, within(10_000))).user;
  assert(after && after.fullName === "Ada Lovelace" && after.username === before.username);
  const stale = { ...change, user: { ...change.user, etag: before.etag } };
  const { code, info, text } = await refusalOf(users.updateUser(stale, within(10_000)));
  assert.deepEqual([code, info?.reason], [Code.Aborted, "ETAG_MISMATCH"], text);
}

/** Opens more streams than one caller may, and is told when to ask again. */
async function retryInfo(orderId: string) {
  const closing = new AbortController();
  try {
    for (let open = 0; open < 40; open++) {
      const stream = orders.watchOrder({ orderId }, within(30_000, { signal: closing.signal }));
      const first = stream[Symbol.asyncIterator]().next();
      const refused = await first.then(() => undefined, () => refusalOf(first));
      if (refused !== undefined) {
        const { code, info, retryDelay, text } = refused;
        assert.deepEqual([code, info?.reason, retryDelay?.seconds], [Code.ResourceExhausted, "TOO_MANY_STREAMS", 5n], text);
        return;
      }
    }
    assert.fail("40 streams were opened");
  } finally {
    closing.abort();
  }
}

const requestId = randomUUID();
let order: Order;
const story: [string, () => Promise<unknown>][] = [
  ["register and sign in", register],
  ["list by pages", listByPages],
  ["order", async () => { order = await place("MUG-BLUE", 1, requestId); }],
  ["watch until confirmed", () => watchUntilConfirmed(order.id)],
  ["repeat under one request_id", () => repeat(order, requestId)],
  ["typed error", typedError],
  ["field violations", fieldViolations],
  ["deadline", deadline],
  ["masked update and etag conflict", update],
  ["retry info", () => retryInfo(order.id)],
];
for (const [chapter, tell] of story) {
  await tell();
  console.log(chapter);
}
process.exit(0); // sessions of HTTP/2 would keep the process for a while
