import type { Policy } from "../gen/andon/v1/policy_service_pb";
import { Copy } from "../ui";
import classes from "./policies.module.css";
import { highlight } from "./yaml";

/** The file as it was when this revision was taken. */
export function Source({ policy: { source, file, policy } }: { readonly policy: Policy }) {
  if (source === "") return null;
  return (
    <details className={classes.source}>
      <summary>
        Source: <code>{file || policy}</code>
      </summary>
      <Copy text={source} label="Copy source" />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section tabIndex={0} aria-label={`Source of ${policy}`}>
        <pre>
          <code>
            {highlight(source).map((line, number) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other name and never move
              <span key={number} className={classes.line}>
                {line.map(({ kind, text }, index) =>
                  kind === "plain" ? (
                    text
                  ) : (
                    // biome-ignore lint/suspicious/noArrayIndexKey: likewise
                    <span key={index} data-kind={kind}>
                      {text}
                    </span>
                  ),
                )}
                {"\n"}
              </span>
            ))}
          </code>
        </pre>
      </section>
    </details>
  );
}
