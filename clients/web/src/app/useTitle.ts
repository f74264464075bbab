import { useEffect } from "react";
import { useMineCount } from "../live";

/** The document's title: how many tasks are mine, the page, the product. */
export function useTitle(page: string): void {
  const mine = useMineCount();
  useEffect(() => {
    document.title = `${mine ? `(${mine}) ` : ""}${page} · Andon`;
  }, [mine, page]);
}
