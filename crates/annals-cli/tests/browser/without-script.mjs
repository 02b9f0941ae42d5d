// The page without JavaScript: all but what is live.
import { journey, record } from "./watched.mjs";

await journey(async (watched) => {
  const page = await watched.page({ script: false });
  await watched.go(page, "/");
  watched.expect(0 < (await page.locator("#rows tr").count()), "the newest events");
  watched.expect(!(await page.locator("[data-pause]").isVisible()), "no button that does nothing");
  const { id } = await record({ event_type: "tool.invoked", tool: "later" });
  await page.reload();
  await page.locator(`#rows a[href="/events/${id}"]`).click();
  watched.expect((await page.getByRole("heading", { level: 1 }).innerText()) === "later", "an event");
  await watched.go(page, "/events");
  await page.getByLabel("Tool", { exact: true }).fill("Bash");
  await page.getByRole("button", { name: "Show" }).click();
  await page.waitForURL("**/events?tool=Bash");
  watched.expect(0 < (await page.locator("#rows tr").count()), "a filter");
  await watched.go(page, "/log");
  await page.getByRole("button", { name: "Verify the whole log" }).click();
  await page.locator(".verdict.good").waitFor();
  watched.expect(new URL(page.url()).pathname === "/log", "the result stands in the view");
  await page.screenshot({ path: `${watched.shots}/without-script-log.png`, fullPage: true });
});
