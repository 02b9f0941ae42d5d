// Events whose every text is hostile, in every view: nothing of them runs, loads or is laid out as markup.
import { journey, record } from "./watched.mjs";

await journey(async (watched) => {
  for (const scheme of ["light", "dark"]) {
    const page = await watched.page({ scheme });
    const paths = ["/", "/events", "/sessions", "/histogram", "/awareness", "/awareness/entries", "/awareness/trash", "/log", ...JSON.parse(process.env.PATHS)];
    for (const [at, path] of paths.entries()) {
      await watched.go(page, path);
      // Markup of a stranger would leave an element behind that the page does not have.
      const strange = await page.evaluate(() => document.querySelectorAll("main :is(script, img, iframe, object, embed, style, marquee, base, link, [onerror], [onload], [onclick], [style], [srcdoc])").length);
      watched.expect(strange === 0, `${path}: ${strange} strange elements`);
      watched.expect(await page.evaluate(() => globalThis.pwned === undefined), `${path}: a script of a stranger ran`);
      const away = await page.evaluate(() => [...document.querySelectorAll("a[href], form[action]")].map((it) => it.href ?? it.action).filter((url) => new URL(url).host !== location.host));
      watched.expect(away.length === 0, `${path}: links away: ${away}`);
      const invisible = await page.evaluate(() => document.body.innerText.match(/[\u202a-\u202e\u2066-\u2069\u200b\u200e\u200f\u001b]/u));
      watched.expect(invisible === null, `${path}: shows what is not seen`);
      await watched.look(page, `hostile-${scheme}-${at}`);
    }
    await page.context().close();
  }
  // And one that arrives while it is looked at.
  const page = await watched.page();
  await watched.go(page, "/");
  await page.waitForSelector(".live.on");
  const { id } = await record(JSON.parse(process.env.HOSTILE));
  await page.locator(`#rows a[href="/events/${id}"]`).waitFor();
  watched.expect(await page.evaluate(() => globalThis.pwned === undefined && document.querySelector("#rows :is(script, img)") === null), "a hostile row came to life");
  await watched.look(page, "hostile-live");
});
