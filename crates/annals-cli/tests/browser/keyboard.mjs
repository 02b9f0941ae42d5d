// The same without a mouse: each step is a key.
import { journey } from "./watched.mjs";

await journey(async (watched) => {
  const page = await watched.page();
  const focused = () => page.evaluate(() => document.activeElement?.innerText || document.activeElement?.name || document.activeElement?.tagName);
  const outline = () => page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  // Presses Tab until the focus stands on it; each stop on the way must be seen.
  const tabTo = async (what) => {
    for (let n = 0; n < 200; n += 1) {
      await page.keyboard.press("Tab");
      const here = await focused();
      if ((await outline()) === "none") watched.problem(`the focus on \`${here}\` is not seen`);
      if (what(here)) return;
    }
    throw new Error(`never came to ${what}`);
  };

  await watched.go(page, "/");
  await page.keyboard.press("Tab");
  watched.expect((await focused()) === "Skip to the content", "the first stop skips the head");
  await watched.look(page, "keyboard-skip");
  await page.keyboard.press("Enter");
  watched.expect((await page.evaluate(() => document.activeElement.id)) === "content", "and does");

  await watched.go(page, "/");
  await tabTo((here) => here === "Timeline");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/events");
  await tabTo((here) => here === "tool");
  await page.keyboard.type("Bash");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/events?tool=Bash");
  await tabTo((here) => here.startsWith("Bash "));
  await page.keyboard.press("Enter");
  await page.waitForURL("**/events/*");
  watched.expect((await page.getByRole("heading", { level: 1 }).innerText()) === "Bash", "an event was opened");

  await watched.go(page, "/log");
  await tabTo((here) => here === "Verify the whole log");
  await page.keyboard.press("Enter");
  await page.locator(".verdict").waitFor();
  watched.expect((await focused()) === "Verify the whole log", "the focus stays where it was");
});
