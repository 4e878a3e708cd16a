// A visit with the npm package `phoenix` 1.2.1, which speaks version 1: as visit.mjs, but shorter.

import { createInterface } from "node:readline"

globalThis.window = globalThis // it was written for browsers
const phoenix = "../../web/node_modules/phoenix-1.2/priv/static/phoenix.js"
const { Presence, Socket } = (await import(phoenix)).default

const [url, token, room, params] = process.argv.slice(2)
const say = (event, data) => process.stdout.write(JSON.stringify([event, data ?? null]) + "\n")

const socket = new Socket(url, {
  transport: WebSocket,
  params: { user_token: token },
  heartbeatIntervalMs: 300,
  reconnectAfterMs: () => 100,
})
socket.onClose(event => say("close", { code: event.code, reason: event.reason }))
socket.onMessage(message => {
  if (message.topic === "phoenix") say("heartbeat", message.payload)
})

const channel = socket.channel(`room:${room}`, JSON.parse(params))
for (const name of ["snapshot", "user_snapshot", "stoc"])
  channel.on(name, payload => say(name, payload))
let present = {}
channel.on("presence_state", state => {
  present = Presence.syncState(present, state)
  say("present", Presence.list(present, id => id).sort())
})
channel.on("presence_diff", diff => {
  present = Presence.syncDiff(present, diff)
  say("present", Presence.list(present, id => id).sort())
})
channel.onClose(() => say("closed"))

const commands = {
  connect: () => socket.connect(),
  join: () =>
    channel
      .join()
      .receive("ok", response => say("joined", response))
      .receive("error", response => say("refused", response)),
  push: ({ event, payload }) => {
    const push = channel.push(event, payload)
    for (const status of ["ok", "error"])
      push.receive(status, response => say("reply", { status, response }))
  },
  leave: () => channel.leave().receive("ok", () => say("left")),
}
for await (const line of createInterface({ input: process.stdin })) {
  const { command, ...rest } = JSON.parse(line)
  commands[command](rest)
}
