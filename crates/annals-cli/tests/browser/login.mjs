// A server that asks who one is: the form, a wrong token, the right one, and out again.
import { journey, record } from "./watched.mjs";

await journey(async (watched) => {
  await record({ event_type: "tool.invoked", tool: "ours" });
  const page = await watched.page();
  await watched.refused(async () => {
    const answer = await watched.go(page, "/");
    watched.expect(answer.status() === 401, "nobody gets in unknown");
    await watched.look(page, "unauthorized");
    await page.getByRole("link", { name: "Log in" }).click();
    await watched.look(page, "login");
    await page.getByLabel("Token").fill("wrong");
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("alert").waitFor();
    await watched.look(page, "login-wrong");
  });
  await page.getByLabel("Token").fill(process.env.TOKEN);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.waitForURL((url) => url.pathname === "/");
  watched.expect((await page.locator("header .caller").innerText()).includes("team-a"), "whose record it is");
  await page.locator("#rows tr").first().waitFor();
  await watched.look(page, "logged-in");
  const cookies = await page.context().cookies();
  watched.expect(0 < cookies.length && cookies.every((it) => it.httpOnly && it.sameSite === "Strict"), "no script reads the cookie");
  await page.locator(".live.on").waitFor();
  await page.getByRole("button", { name: "Log out" }).click();
  await page.waitForURL("**/login**");
  await watched.refused(async () => {
    const answer = await watched.go(page, "/");
    watched.expect(answer.status() === 401, "out is out");
  });
});
