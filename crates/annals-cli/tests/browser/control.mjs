// A page that does everything wrong, by which the watching itself is tested: each kind of problem must be heard.
import { createServer } from "node:http";
import { journey } from "./watched.mjs";

const HTML = `<!doctype html><html><head><title>x</title></head><body><main>
<script>1</script>
<img src="http://192.0.2.1/x.png">
<p style="color:#ccc">pale</p>
<button></button>
<div id="wide"></div>
<script src="/bad.js"></script></main></body></html>`;
const SCRIPT = `console.error("an error"); document.getElementById("wide").innerHTML = "<pre>" + "x".repeat(2000) + "</pre>"; setTimeout(() => { throw new Error("thrown"); }); setTimeout(() => alert("hello"), 5);`;

const server = createServer((request, response) => {
  const isScript = request.url === "/bad.js";
  const headers = { "content-type": isScript ? "text/javascript" : "text/html" };
  if (request.url !== "/bare") headers["content-security-policy"] = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'";
  response.writeHead(200, headers).end(isScript ? SCRIPT : request.url === "/bare" ? "<p>bare" : HTML);
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
process.env.BASE = `http://127.0.0.1:${server.address().port}/`;
await journey(async (watched) => {
  const page = await watched.page();
  const dialog = page.waitForEvent("dialog");
  await watched.go(page, "/");
  await dialog;
  await watched.look(page, "control");
  await watched.go(page, "/bare");
  // A request that the policy stops is none; one that nothing stops is.
  await page.evaluate(() => fetch("http://192.0.2.1/", { mode: "no-cors", signal: AbortSignal.timeout(10) }).catch(() => {}));
});
server.close();
