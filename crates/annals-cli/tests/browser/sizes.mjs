// Every view, light and dark, wide and narrow.
import { journey } from "./watched.mjs";

const views = {
  now: "/",
  timeline: "/events",
  "timeline-all": "/events?type=tool.*&since=1d&text=a&user=nobody",
  sessions: "/sessions",
  session: `/sessions/${process.env.SESSION}`,
  event: `/events/${process.env.EVENT}`,
  histogram: "/histogram?since=1d",
  awareness: "/awareness",
  entries: "/awareness/entries",
  "entries-searched": "/awareness/entries?text=backup&tag=backup&since=2000-01-01",
  entry: `/awareness/entries/${process.env.ENTRY}`,
  trash: "/awareness/trash",
  log: "/log",
  login: "/login",
};

await journey(async (watched) => {
  for (const width of [1280, 360]) {
    for (const scheme of ["light", "dark"]) {
      const page = await watched.page({ width, height: width === 360 ? 740 : 900, scheme });
      for (const [name, path] of Object.entries(views)) {
        await watched.go(page, path);
        await watched.look(page, `${width}-${scheme}-${name}`);
      }
      await page.context().close();
    }
  }
});
