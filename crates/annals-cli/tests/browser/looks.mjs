// A person looks into what agents did: filters, opens an event, watches a new one arrive, and verifies the log.
import { journey, record, until } from "./watched.mjs";

await journey(async (watched) => {
  const page = await watched.page();

  // Now, and an event that arrives while it is looked at.
  await watched.go(page, "/");
  await page.waitForSelector(".live.on");
  await watched.look(page, "now");
  const before = await page.locator("#rows tr").count();
  const { id } = await record({ event_type: "tool.invoked", tool: "arrives", resource: "while/watching.rs", outcome: "success", duration_ms: 12 });
  const row = page.locator(`#rows a[href="/events/${id}"]`);
  await row.waitFor();
  const seqs = await page.locator("#rows tr").evaluateAll((rows) => rows.map((it) => Number(it.dataset.seq)));
  watched.expect(before < seqs.length && seqs.every((seq, at) => at === 0 || seq < seqs[at - 1]), `the newest row is the first, and none is there twice: ${seqs}`);
  await until("the sentence for those who hear", async () => /^\d+ new events?$/.test(await page.locator(".live [data-told]").innerText()));
  watched.expect((await page.locator(".live [data-told]").getAttribute("role")) === "status", "it is told politely");

  // Paused nothing arrives; going on, nothing was missed.
  await page.getByRole("button", { name: "Pause" }).click();
  const missed = await record({ event_type: "tool.invoked", tool: "meanwhile", outcome: "failure", details: { error: "no such file" } });
  await page.getByRole("button", { name: "Go on" }).click();
  await page.locator(`#rows a[href="/events/${missed.id}"]`).waitFor();
  watched.expect((await page.locator(`#rows a[href="/events/${id}"]`).count()) === 1, "no row came twice");
  await watched.look(page, "now-live");

  // The event.
  await row.click();
  await page.waitForURL(`**/events/${id}`);
  watched.expect((await page.getByRole("heading", { level: 1 }).innerText()) === "arrives", "the event's own page");
  await watched.look(page, "event");

  // The timeline: a condition in the form is one in the URL, and can be taken out.
  await page.getByRole("link", { name: "Timeline" }).first().click();
  await page.getByLabel("Tool", { exact: true }).fill("Bash");
  await page.getByLabel("Outcome").selectOption("failure");
  await page.getByRole("button", { name: "Show" }).click();
  await page.waitForURL("**/events?tool=Bash&outcome=failure");
  const outcomes = await page.locator("#rows td.end").allInnerTexts();
  watched.expect(0 < outcomes.length && outcomes.every((text) => text.includes("failure")), `only failures: ${outcomes}`);
  await watched.look(page, "timeline-filtered");
  await page.getByRole("link", { name: "Take out outcome" }).click();
  await page.waitForURL("**/events?tool=Bash");
  await watched.refused(async () => {
    await watched.go(page, "/events?since=whenever");
    watched.expect((await page.getByRole("alert").innerText()).includes("since"), "what is wrong is said");
    watched.expect((await page.getByLabel("Since").getAttribute("aria-invalid")) === "true", "and where");
    await watched.look(page, "timeline-wrong");
  });

  // Page by page.
  await watched.go(page, "/events?limit=5");
  const first = await page.locator("#rows tr").evaluateAll((rows) => rows.map((it) => Number(it.dataset.seq)));
  await page.getByRole("link", { name: "Older →" }).click();
  await page.waitForURL("**cursor=**");
  const second = await page.locator("#rows tr").evaluateAll((rows) => rows.map((it) => Number(it.dataset.seq)));
  watched.expect(first.concat(second).every((seq, at, all) => at === 0 || seq < all[at - 1]) && second.length === 5, `pages follow: ${first} ${second}`);

  // An export has what the filter shows.
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    watched.go(page, "/events?tool=Bash").then(() => page.getByRole("link", { name: "NDJSON" }).click()),
  ]);
  const lines = (await (await download.createReadStream()).toArray()).join("").trim().split("\n").map((line) => JSON.parse(line));
  watched.expect(0 < lines.length && lines.every((event) => event.tool === "Bash"), "the file has what is shown");

  // A session as a tree.
  await page.getByRole("link", { name: "Sessions", exact: true }).click();
  await watched.look(page, "sessions");
  await watched.go(page, `/sessions/${process.env.SESSION}`);
  watched.expect(0 < (await page.locator(".tree ul .line").count()), "what a call caused hangs below it");
  await watched.look(page, "session");

  await watched.go(page, "/histogram?since=1d");
  watched.expect(0 < (await page.locator("svg rect").count()) && 0 < (await page.locator("table.numbers tbody tr").count()), "bars and numbers");
  await watched.look(page, "histogram");

  // Verify, to its result.
  await watched.go(page, "/log");
  await watched.look(page, "log");
  await page.getByRole("button", { name: "Verify the whole log" }).click();
  await page.locator(".verdict").waitFor();
  const verdict = await page.locator(".verdict").innerText();
  watched.expect(verdict.includes("Sound"), `the verdict: ${verdict}`);
  watched.expect(verdict === (await page.locator("form ~ [role=status]").textContent()).trim(), "it is told to those who hear");
  await watched.look(page, "log-verified");

  await watched.refused(async () => {
    const answer = await watched.go(page, "/nowhere");
    watched.expect(answer.status() === 404 && (await page.getByRole("heading", { level: 1 }).innerText()) === "Not here", "a page for what is not there");
    await watched.look(page, "not-found");
  });
});
