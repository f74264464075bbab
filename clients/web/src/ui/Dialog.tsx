import { Modal, type ModalProps } from "@mantine/core";

/** A dialog. */
export function Dialog(props: ModalProps) {
  return <Modal centered {...props} />;
}
