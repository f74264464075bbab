import { type RefObject, useEffect, useLayoutEffect } from "react";
import { isTyping } from "../../keys";

/** What is being written about a task, told to its next page where the caller changes it meanwhile. */
export interface Writing {
  readonly comment: string;
  /** Where in the comment somebody who types goes on; undefined where nobody types. */
  readonly caret: number | undefined;
  /** Whether it was about another payload. */
  readonly isOutdated: boolean;
}

export const NOTHING: Writing = { comment: "", caret: undefined, isOutdated: false };

/** Hands on the comment, and the focus with it: whoever types must not find their next letters to be keys. */
export function useWriting(
  writing: RefObject<Writing>,
  comment: string,
  page: RefObject<HTMLElement | null>,
  field: RefObject<HTMLTextAreaElement | null>,
): void {
  useEffect(() => {
    writing.current = { ...writing.current, comment };
  }, [writing, comment]);
  useLayoutEffect(() => {
    const { caret } = writing.current;
    if (caret !== undefined) {
      field.current?.focus();
      field.current?.setSelectionRange(caret, caret);
    }
    writing.current = { ...writing.current, caret: undefined, isOutdated: false };
    const [root, own] = [page.current, field.current];
    return () => {
      writing.current = { ...writing.current, caret: caretIn(root, own) };
    };
  }, [writing, page, field]);
}

/** Where somebody types: in the comment itself, or in another field of the page, who then goes on at its end. */
function caretIn(page: HTMLElement | null, field: HTMLTextAreaElement | null): number | undefined {
  const { activeElement } = document;
  if (!page?.contains(activeElement) || !isTyping(activeElement)) return undefined;
  return activeElement === field ? field?.selectionEnd : (field?.value.length ?? 0);
}
