import { fileURLToPath } from "node:url";

/** Where the built page is; ANDON_PAGE names the place beside it where run.py has it built. */
export const PAGE =
  process.env.ANDON_PAGE ?? fileURLToPath(new URL("../../../server/andon/web/page/", import.meta.url));
