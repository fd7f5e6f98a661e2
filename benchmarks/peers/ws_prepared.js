// Sends each line of standard input to every socket with Node's `ws`, as a frame prepared once.
// usage: node ws_prepared.js PORT

const readline = require("node:readline");
const { Sender, WebSocketServer } = require("ws");

const server = new WebSocketServer({
  host: "127.0.0.1",
  port: Number(process.argv[2]),
  backlog: 4096,
  perMessageDeflate: false,
});
server.on("connection", (socket) => socket.on("error", () => socket.terminate()));

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const options = { fin: true, opcode: 1, mask: false, readOnly: true, rsv1: false };
  const frame = Buffer.concat(Sender.frame(Buffer.from(line), options));
  for (const client of server.clients) if (client.readyState === 1) client._socket.write(frame);
}).on("close", () => process.exit());
