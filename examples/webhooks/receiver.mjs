// Receive webhooks in Node, verified by the official library of Standard Webhooks.
//
//     npm install --prefix examples/webhooks --no-save standardwebhooks
//     HOURSMITH_WEBHOOK_SECRET=whsec_… node examples/webhooks/receiver.mjs 8080
//
// The library alone would do; the documented Hoursmith-Signature is seen to as well.

import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";

const secret = process.env.HOURSMITH_WEBHOOK_SECRET;
const standard = new Webhook(secret);
const done = new Set(); // What is handled for good belongs into a database.

function verify(headers, body) {
  const event = standard.verify(body, headers); // It also refuses what is older than five minutes.
  const stamp = headers["webhook-timestamp"];
  const wanted = createHmac("sha256", secret).update(`${stamp}.`).update(body).digest();
  const [time, ...signatures] = (headers["hoursmith-signature"] ?? "").split(",");
  const isGood = (one) => {
    const given = Buffer.from(one.replace(/^v1=/, ""), "hex");
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  };
  if (time !== `t=${stamp}` || !signatures.some(isGood)) throw new Error("Its signature is not good.");
  return event;
}

function handle(event) {
  if (done.has(event.id)) return false;
  console.log(event.type, JSON.stringify(event.data));
  done.add(event.id);
  return true;
}

const server = createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  let event;
  try {
    event = verify(request.headers, Buffer.concat(parts));
  } catch (error) {
    response.writeHead(400).end(error.message);
    return;
  }
  response.writeHead(handle(event) ? 204 : 208).end();
});

server.listen(Number(process.argv[2]), "127.0.0.1", () => {
  console.error(`Running on http://127.0.0.1:${server.address().port}`);
});
