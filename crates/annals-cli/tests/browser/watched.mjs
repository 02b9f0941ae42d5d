// A browser that is watched: whatever a careful person would not want to see on the page is written down, and makes the run fail.
//
// What counts: an error on the console, an uncaught exception, a violation of the Content-Security-Policy, a request to another host, a dialog, a view that is wider than its window, and
// what axe finds of impact serious or critical. The first four are heard by the browser itself, so that no step can forget to look.
import { readFileSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.env.BROWSER_MODULES, "/"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const ARGUMENTS = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

// Waits have a deadline, and say what they waited for.
export const PATIENCE_MS = 30_000;

export class Watched {
  problems = [];
  nViews = 0;

  constructor(base, shots) {
    this.base = base;
    this.host = new URL(base).host;
    this.shots = shots;
    mkdirSync(shots, { recursive: true });
  }

  static async open(base, shots) {
    const watched = new Watched(base, shots);
    // A profile of its own comes with each launch.
    watched.browser = await chromium.launch({
      executablePath: process.env.BROWSER,
      headless: true,
      chromiumSandbox: false,
      args: ARGUMENTS,
    });
    return watched;
  }

  problem(text) {
    this.problems.push(text);
  }

  // A window of its own, without cookies of others.
  async page({ width = 1280, height = 900, scheme = "light", script = true } = {}) {
    const context = await this.browser.newContext({
      viewport: { width, height },
      colorScheme: scheme,
      javaScriptEnabled: script,
      reducedMotion: "reduce",
    });
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    page.on("console", (message) => {
      // A refused page is an error to the console, and an expected one to the step that asks for it.
      const isRefusal = message.text().startsWith("Failed to load resource") && this.mayBeRefused;
      if (["error", "warning"].includes(message.type()) && !isRefusal) this.problem(`console: ${message.text()}`);
    });
    page.on("pageerror", (error) => this.problem(`exception: ${error.message}`));
    page.on("dialog", (dialog) => {
      this.problem(`dialog: ${dialog.message()}`);
      dialog.dismiss();
    });
    page.on("request", (request) => {
      const url = new URL(request.url());
      if (url.host !== this.host) this.problem(`request to another host: ${request.url()}`);
    });
    page.on("response", (response) => {
      if (response.headers()["content-security-policy"] === undefined) {
        this.problem(`no policy on ${new URL(response.url()).pathname}`);
      }
    });
    if (script) {
      await page.exposeFunction("tellViolation", (text) => this.problem(`policy: ${text}`));
      await page.addInitScript(() => {
        addEventListener("securitypolicyviolation", (event) =>
          globalThis.tellViolation(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`),
        );
      });
    }
    return page;
  }

  async go(page, path) {
    const answer = await page.goto(new URL(path, this.base).href, { waitUntil: "load" });
    return answer;
  }

  // Runs what is refused on purpose.
  async refused(work) {
    this.mayBeRefused = true;
    try {
      return await work();
    } finally {
      this.mayBeRefused = false;
    }
  }

  // Looks at a view: axe, its width, and a picture for people.
  async look(page, name) {
    this.nViews += 1;
    await page.screenshot({ path: join(this.shots, `${name}.png`), fullPage: true });
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (0 < over) {
      const widest = await page.evaluate(() => {
        const edge = document.documentElement.clientWidth;
        const beyond = [...document.querySelectorAll("main *")].filter((it) => edge < it.getBoundingClientRect().right - 1);
        return beyond.slice(0, 3).map((it) => it.outerHTML.slice(0, 120));
      });
      this.problem(`${name}: ${over} px wider than the window: ${widest.join(" | ")}`);
    }
    await page.evaluate(axe);
    const found = await page.evaluate(() => globalThis.axe.run());
    for (const violation of found.violations) {
      if (!["serious", "critical"].includes(violation.impact)) continue;
      const where = violation.nodes.slice(0, 3).map((node) => `${node.html.slice(0, 160)} (${node.any.concat(node.all).map((check) => check.message).join("; ").slice(0, 200)})`);
      this.problem(`${name}: axe ${violation.impact} ${violation.id}: ${where.join(" | ")}`);
    }
  }

  expect(isSo, text) {
    if (!isSo) this.problem(text);
  }

  async close() {
    await this.browser.close();
    return this.problems;
  }
}

// Waits until the look answers something true.
export async function until(what, look) {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (deadline < Date.now()) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

// Runs a journey, and says in the exit code and on standard output what was seen.
export async function journey(walk) {
  const watched = await Watched.open(process.env.BASE, process.env.SHOTS);
  try {
    await walk(watched);
  } catch (error) {
    watched.problem(`broke off: ${error.stack}`);
  }
  const problems = await watched.close();
  console.log(JSON.stringify({ problems, n_views: watched.nViews }));
}

// Records an event from outside of the browser.
export async function record(event) {
  const answer = await fetch(new URL("/v1/events?wait=durable", process.env.BASE), {
    method: "POST",
    headers: { "content-type": "application/json", ...(process.env.TOKEN && { authorization: `Bearer ${process.env.TOKEN}` }) },
    body: JSON.stringify(event),
  });
  const body = await answer.json();
  if (!answer.ok) throw new Error(`${answer.status} ${JSON.stringify(body)}`);
  return body;
}
