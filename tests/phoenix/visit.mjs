// A visit with the npm package `phoenix`, told by lines of JSON: commands come in, events go out.
// Arguments: the socket's URL, the token, the room, and the parameters of the join.

import { createInterface } from "node:readline"
import { Presence, Socket } from "../../web/node_modules/phoenix/priv/static/phoenix.mjs"

const [url, token, room, params] = process.argv.slice(2)
const say = (event, data) => process.stdout.write(JSON.stringify([event, data ?? null]) + "\n")
const hex = data => (data instanceof ArrayBuffer ? Buffer.from(data).toString("hex") : data)

// Node 20's WebSocket fires no close event after a connection that failed, as browsers do.
class Transport extends WebSocket {
  constructor(...rest) {
    super(...rest)
    let closed = false
    this.addEventListener("close", () => (closed = true))
    this.addEventListener("error", () =>
      setTimeout(() => closed || this.onclose?.({ code: 1006, reason: "" }), 20),
    )
  }
}

const socket = new Socket(url, {
  transport: Transport,
  authToken: token,
  heartbeatIntervalMs: 300,
  reconnectAfterMs: () => 100,
  rejoinAfterMs: () => 100,
})
socket.onOpen(() => say("open"))
socket.onClose(event => say("close", { code: event.code, reason: event.reason }))
socket.onMessage(message => {
  if (message.topic === "phoenix") say("heartbeat", message.payload)
})

const channel = socket.channel(`room:${room}`, JSON.parse(params))
for (const name of ["snapshot", "user_snapshot", "stoc", "poses"])
  channel.on(name, payload => say(name, hex(payload)))
channel.onError(reason => say("error", reason instanceof Object ? reason : null))
channel.onClose(() => say("closed"))

const presence = new Presence(channel)
presence.onSync(() => say("present", presence.list(id => id).sort()))

const commands = {
  connect: () => socket.connect(),
  join: () =>
    channel
      .join()
      .receive("ok", response => say("joined", response))
      .receive("error", response => say("refused", response)),
  push: ({ event, payload, binary }) => {
    const data = binary === undefined ? payload : new Uint8Array(Buffer.from(binary, "hex")).buffer
    const push = channel.push(event, data)
    for (const status of ["ok", "error"])
      push.receive(status, response => say("reply", { status, response }))
  },
  leave: () => channel.leave().receive("ok", () => say("left")),
  disconnect: () => socket.disconnect(() => process.exit(0)),
}
for await (const line of createInterface({ input: process.stdin })) {
  const { command, ...rest } = JSON.parse(line)
  commands[command](rest)
}
