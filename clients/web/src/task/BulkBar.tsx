export { default } from "./bulk/BulkBar";
