import { Button } from "@mantine/core";
import { Component, type ReactNode } from "react";
import { ErrorNotice } from "../ui/ErrorNotice";

interface State {
  readonly fault: { readonly error: unknown } | null;
}

/** Shows a fault of one page in its place, so that the others go on. */
export class Boundary extends Component<{ readonly children: ReactNode }, State> {
  override state: State = { fault: null };

  static getDerivedStateFromError(error: unknown): State {
    return { fault: { error } };
  }

  override render() {
    if (!this.state.fault) return this.props.children;
    // A page that is open while a newer one is put in its place asks for files that are gone.
    return (
      <ErrorNotice error={this.state.fault.error} title="This page could not be shown">
        <Button onClick={() => window.location.reload()}>Load the page anew</Button>
      </ErrorNotice>
    );
  }
}
