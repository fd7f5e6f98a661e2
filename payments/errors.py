"""What is refused where somebody pays."""

from foundation.errors import Conflict, Invalid, NotFound


class WayNotOffered(Invalid):
    code = "way_not_offered"


class NoBuyer(Invalid):
    code = "no_buyer"
    detail = "Log in, or say at which e-mail address you want your tickets."


class PaymentNotFound(NotFound):
    code = "payment_not_found"
    detail = "There is no such payment."


class RefundNotFound(NotFound):
    code = "refund_not_found"
    detail = "There is no such refund."


class AmountTooSmall(Conflict):
    code = "amount_too_small"


class NothingToPay(Conflict):
    code = "nothing_to_pay"
    detail = "Nothing is to be paid: book the seats instead, or log in."


class TooManyPayments(Conflict):
    code = "too_many_payments"
    detail = "Too many payments were begun and left. Please pay at the box office, or wait a while."


class NotRefundable(Conflict):
    code = "not_refundable"


class NotSigned(Invalid):
    code = "not_signed"
    detail = "No provider has signed this."
