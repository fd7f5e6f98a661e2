"""The box office's part of the OpenAPI schema."""

from rest_framework import serializers

from booking.price_bodies import NamedSeatSerializer, TermsChangedSerializer
from foundation.web.bodies import Body, ProblemBody
from foundation.web.schema import ProblemAutoSchema


class TakenSerializer(Body):
    """When a seat became somebody else's: under which version of the show's log."""

    seat_number = serializers.IntegerField()
    version = serializers.IntegerField()
    seconds_ago = serializers.IntegerField()


class ProblemSerializer(ProblemBody, TermsChangedSerializer):
    """Problem details (RFC 9457); `code` is stable, `detail` is for people."""

    seats = NamedSeatSerializer(
        many=True, required=False, help_text="The seats that were lost, in a 409."
    )
    alternative = NamedSeatSerializer(
        many=True, required=False, help_text="As many seats that could be had instead."
    )
    taken = TakenSerializer(
        many=True,
        required=False,
        help_text='Since when the seats are, of those taken lately, when the code is "seat_taken".',
    )
    admission = serializers.IntegerField(
        required=False, help_text='Which one it was, when the code is "already_admitted".'
    )


class BoxOfficeAutoSchema(ProblemAutoSchema):
    """Shows what the box office's problems say besides."""

    problem_body = ProblemSerializer
