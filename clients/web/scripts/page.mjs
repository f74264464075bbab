import { fileURLToPath } from "node:url";

/** Where the built page is. */
export const PAGE = fileURLToPath(new URL("../../../server/andon/web/page/", import.meta.url));
