// A receipt's QR code opens this page with the number behind "#": put it into the form, and out of the address.
const field = document.querySelector<HTMLInputElement>("#f-code");
const digits = /^#(\d{30})$/.exec(location.hash)?.[1];
if (field && digits) {
  history.replaceState(null, "", location.pathname + location.search);
  field.value = digits.replace(/(\d{5})(?=\d)/g, "$1 ");
  field.focus();
}
