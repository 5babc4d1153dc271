"""Thoughts of death in English: plans and intent, the wish to be dead, farewells."""

from ..model import Construct, Level
from ..patterns import Rule

_SI, _WISH, _PLAN = Construct.SUICIDAL_THOUGHTS, Construct.WISH_TO_BE_DEAD, Construct.PLAN_OR_MEANS

THOUGHTS = (
    # C-SSRS 2 to 5: active thoughts, intent
    Rule(
        "en-thinks-of-suicide",
        _SI,
        Level.RED,
        """
        way|ways|how ..2 SUICIDE
        SUICIDE thoughts|thought|ideation
        feelings of SUICIDE
        way out ..6 SUICIDE
    """,
    ),
    Rule(
        "en-suicidal",
        _SI,
        Level.RED,
        """
        I|feel|feeling|felt|became|become|was|am|been|be|get|me|getting ..2 SUICIDAL
        RELATION|is ..2 SUICIDAL
        SUICIDAL thoughts|ideation|ideations|feelings|urges|again|tendencies
        thoughts of suicide|dying|death|SUICIDE
    """,
    ),
    Rule(
        "en-i-suicide",
        _SI,
        Level.RED,
        """
        if ..3 i SUICIDE
        convinced ..3 SUICIDE
        better ..1 SUICIDE
        reason|reasons ..2 not|to ..1 SUICIDE
    """,
    ),
    Rule(
        "en-suicide-soon", _SI, Level.IMMINENT, "I|i'll|im|going|gonna ..2 end|ending it ..1 SOON"
    ),
    Rule(
        "en-suicide-bare",
        Construct.SUICIDE_EXPOSURE,
        Level.AMBER,
        """
        lost ..5 SUICIDE
        kms
    """,
    ),
    Rule(
        "en-plan",
        _PLAN,
        Level.RED,
        """
        plan|planned|planning ..3 SUICIDE|die
        have|made|got|making a plan to? ..1 SUICIDE|die|DIES
        suicide|suicidal plan
        how much|many ..3 to overdose|die|kill
        have|made|got ..1 plan ..3 how|when ..2 do
    """,
    ),
    Rule(
        "en-plan-known",
        _PLAN,
        Level.NONE,
        """
        know|decided|planned ..1 how|when|where ..4 do|happen
        have|made|got|having a|my ..1 plan
        the|a plan is ready|set|made
        planned|planning it ..1 out
        set|picked|chosen a date
    """,
    ),
    Rule(
        "en-means",
        _PLAN,
        Level.NONE,
        """
        have|got|bought|keep|keeping|saved|hid|hiding|hidden|own|found ..3 MEANS|BLADE|PILLS
        MEANS|BLADE|PILLS ..2 ready|drawer|bag|room|hand
    """,
    ),
    Rule(
        "en-stockpile",
        _PLAN,
        Level.AMBER,
        """
        saving|saved|stockpiling|hoarding|collecting|collected ..2 PILLS
        noose
        written|wrote|writing ..2 suicide note|notes
        suicide note
    """,
    ),
    Rule(
        "en-tried-suicide",
        Construct.SUICIDAL_BEHAVIOUR,
        Level.RED,
        """
        suicide attempt|attempts
        I ..1 attempted ..3 SUICIDE
        tried|attempted to die|SUICIDE
        came ..1 close to SUICIDE
    """,
    ),
    # C-SSRS 1: wish to be dead
    Rule(
        "en-wants-to-die",
        _WISH,
        Level.AMBER,
        """
        <1!NEG <3!THING WISH really? just? i? to? really? just? DIES
        feel|feels|felt|feeling like dying
        wish|wished|wishing|hope|hoping|pray|praying|prayed ..3 DIES|died|dead
        <1!NEG WISH|AIM ..1 to ..1 die !laughing|of|for|alone|trying|from
        wait|waiting|cant|can't ..1 to die
        better|rather ..1 dead|die|died
        thinking|think|thought|thoughts ..2 about|of ..1 dying|death|die|dead
        want ..1 life to|over|end ..1 end|over
        wish|want|wanted|wanna it all? to? end|stop !well|up
        just want|wanted out
        can|could|may i ..1 just? die
        wish someone|somebody would ..1 kill|shoot me
    """,
    ),
    Rule(
        "en-to-die-soon",
        _WISH,
        Level.IMMINENT,
        """
        <1!NEG want|wanna|going|gonna|ready|will|imma|wana to? ..1 die SOON
        SOON ..2 want|wanna|going|gonna|will to? ..1 die
        wont|won't|will|not ..2 be alive|here tomorrow|tmrw|anymore|monday
    """,
    ),
    Rule(
        "en-wishes-gone",
        _WISH,
        Level.AMBER,
        """
        wish|wished|wishing ..2 never|not|wasnt|wasn't ..2 born|exist|existed|alive|here|woken|wake
        wish|wished|wishing ..2 werent|weren't|hadnt|hadn't ..2 born|exist|existed
        wish|wished|wishing ..2 werent|weren't|hadnt|hadn't ..2 alive|here|woken|wake
        wish ..3 didnt|didn't|dont|don't exist|wake
        wish|wished|want|wanted|wanna ..2 disappear|vanish|cease
        was|were|been never|not? born ..1 DIES
    """,
    ),
    Rule(
        "en-not-living",
        _WISH,
        Level.AMBER,
        """
        DENIES ..1 want|wanna ..1 to? ..1 live|exist !with|in|like|at|here|together|alone|there
        DENIES ..1 wana|feel ..1 to? ..1 live|exist !with|in|like|at|here|together|alone|there
        DENIES ..1 want|wanna|wana to? ..1 be alive|here anymore|any
        DENIES ..1 want|wanna to? ..1 be alive
        DENIES ..1 want|wanna to? ..1 be on ..1 earth|planet
        DENIES ..1 want|wanna to? ..1 wake up
        DENIES ..1 want|wanna to? ..1 be in this world
        DENIES ..1 want|wanna to? ..1 continue|go ..2 living|life
        DENIES ..1 want|wanna my life
        DENIES ..2 reason|point|purpose ..3 live|living|alive|exist|existing|life
        whats|what's|what is? ..1 point ..2 living|life|alive|existing
        life|living is|isnt|isn't|not ..2 worth living|it
        isnt|isn't|not worth living
        TIRED of|with ..1 living|life|alive|existing !with|in|at|here
        TIRED of being alive|here
        TIRED being alive
        DENIES ..2 deserve ..1 live|alive|life|exist
        why am|are i|we ..1 still? alive
        why ..1 i even? ..1 alive|exist|living
        give|giving|gave|given up on life|living
        dread|hate|hating waking up
        CANT ..1 go on !with|the|vacation|a|to
        cant|can't|cannot ..2 do|take this|it|life anymore|any
        cant|can't|cannot keep living|going
    """,
    ),
    Rule(
        "en-not-waking",
        _WISH,
        Level.AMBER,
        """
        never|not|didnt|didn't|dont|don't|wont|won't|wouldnt|wouldn't wake|waking|woke|woken ..1 up
        sleep forever
    """,
    ),
    Rule(
        "en-better-without-me",
        _WISH,
        Level.AMBER,
        """
        better|happier|easier ..1 off? without me
        better off dead|gone
        better|happier|easier|relieved if i ..4 dead|gone|died|disappeared|wasnt
        better|happier|easier|relieved if i ..4 wasn't|werent|weren't|never|existed|left
        world ..4 better ..1 without
        NOBODY ..2 CARE ..2 if|when i ..2 GONE
        if|when i ..2 died|die|gone|dead|disappeared|vanished|wasnt|wasn't ..5 CARE
        if|what if i ..1 just? DIES|died|disappeared|vanished|killed
    """,
    ),
    Rule(
        "en-life-should-end",
        _WISH,
        Level.RED,
        """
        want|wanna|wish my life|everything ..2 end|over
        want|ready to? end it|everything !with
    """,
    ),
    # C-SSRS 6, preparatory: farewells
    Rule(
        "en-farewell",
        Construct.FAREWELL,
        Level.RED,
        """
        this|it is|might|will|could ..2 last message|text|goodbye|letter|post|note
        my last|final message|text|letter|words|goodbye|day|night|post
        by the time ..3 read ..2
        if you|anyone|someone ..1 read|reading|reads|find|finds this ..5 gone|dead|late
        if youre|you're|ur ..1 read|reading|reads|find|finds this ..5 gone|dead|late
        goodbye ..1 world|forever|life|cruel
        goodbye note|letter|letters|notes
        when i'm|im|i ..1 gone|dead
        wont|won't have to worry|deal|bother ..2 me
        wont|won't|never ..1 see me again
    """,
    ),
    Rule(
        "en-goodbye",
        Construct.FAREWELL,
        Level.NONE,
        """
        goodbye|goodbyes|farewell
        sorry ..2 everyone|everything|mom|mum|dad|guys
        take|takes care of my ..1
        tell my|mom|dad|them ..3 love|loved|sorry
        giving|gave|given ..2 my|away ..2 things|stuff|away|belongings
        love you|u all
        for the last time
    """,
    ),
)
