"""The words and phrases of English that rules combine, and its everyday words."""

_PEOPLE = """
        friend bestie bff friends brother sister mom mum mother dad father parent parents cousin
        uncle aunt grandma grandpa
        grandmother grandfather boyfriend girlfriend bf gf ex crush classmate teacher
        stepdad stepmom stepfather stepmother husband wife son daughter kid roommate teammate
        neighbour neighbor
    """
_AT_HOME = """
        mom mum mother dad father parent parents brother sister uncle aunt grandpa grandma
        grandfather grandmother stepdad
        stepmom stepfather stepmother stepbrother boyfriend girlfriend bf gf ex
        cousin coach teacher guardian husband wife dads moms stepdads
    """

WORDS = {
    "I": "i im i'm ive i've i'd i'll imma ima iam myself",
    "MY": "my the a an our his her their this that some these two one",
    "ME": "me",
    "YOU": "you u ya yourself urself",
    "OTHER": _PEOPLE
    + """
        he she they hes shes he's she's they're theyre someone somebody people person people's
        everyone anybody anyone man woman
        boy girl boys girls guy guys student students teens teenager kids men women
        character soldier soldiers veteran veterans vet vets himself herself themselves themself
        you u
    """,
    "RELATION": _PEOPLE + " he she they hes shes he's she's they're",
    "KIN": _PEOPLE,
    "AT_HOME": _AT_HOME,
    "PREPOSITION": """
        by to from of with for because about at on like miss without hurt leave leaving lost
        around despite against hates hate
        into join see
    """,
    "SAY": """
        said says say told tell tells saying asked ask asks texted wrote telling yelled
        screamed joked jokes dared dares
    """,
    "HEARSAY": "apparently allegedly",
    "NEG": """
        not never no dont don't didnt didn't doesnt doesn't wont won't wouldnt wouldn't isnt isn't
        aint ain't wasnt wasn't cant
        can't couldnt couldn't havent haven't hasnt hasn't without nobody neither nor stop
        shouldnt shouldn't
    """,
    "CANT": "cant can't cannot couldnt couldn't",
    "DONT": "dont don't doesnt doesn't didnt didn't",
    "NEG_FAR": "doesnt_mean",
    "ADVERB": """
        ever really going gonna to be have had been actually even any feeling having want planning
        trying thinking thought about
        of seriously considered contemplated would will tried wanted do did am
    """,
    "PAST": "used ago previously formerly past younger childhood",
    "NEWS": """
        movie film book novel series show song lyrics lyric article news documentary prevention
        awareness seminar campaign
        statistics statistic study research poem episode game podcast essay poster workshop
        presentation
        hotline training report chapter anime character plot presentation quote headline police
        webinar rates rate data
    """,
    "LAUGH": "lol lmao lmfao haha hahaha joking joke jk kidding rofl jokingly xd lolol hehe",
    "WISH": """
        want wants wanted wanna wana wanting wish wished wishing ready desire tempted need willing
        prepared hoping longing waiting
        prefer deserve deserves rather needs
    """,
    "SHALL": "will gonna gunna might should could i'll imma ima finna may",
    "AIM": """
        going about planning plan plans planned intend intending tempted trying try tries ready
        decided deciding urge urges thinking
        need needed have promised threatening threatened
    """,
    "THINK": """
        thinking think thought thoughts thinks considering consider considered contemplating
        contemplate contemplated imagining
        imagine imagined fantasize fantasizing fantasising fantasise fantasies urges urge idea ideas
        ideations ideation obsessed dream dreaming impulse impulses
    """,
    "TRY": "tried tries attempted attempt attempts trying try almost nearly",
    "DONE": "already just ive i've have",
    "DIE": "die dead dying dies died deadd unalived",
    "KILL": "kill killing killed kil offing kills unalive unaliving unalived off",
    "SELF": "myself meself mysel mysef myselfs",
    "OTHERS_SELF": "himself herself themselves themself yourself urself",
    "SUICIDE_WORD": "suicide sucide suicde suiside sewerslide kms suicides",
    "SUICIDAL": "suicidal sucidal suicidel",
    "HANG": "hang hanging hanged shoot shooting drown drowning poison poisoning",
    "END": "end ending ended take taking took finish finishing",
    "LIFE": "life lyf",
    "NOW": "tonight tonite now today tomorrow tmrw soon 2nite 2night",
    "DAY": """
        night weekend week morning evening afternoon friday monday tuesday wednesday
        thursday saturday sunday
    """,
    "THIS": "this",
    "ALIVE": "alive living existing here breathing",
    "HURT": """
        hurt hurting harm harming harmed cut cutting burn burning burned punish punishing punch
        punching hit hitting scratch
        scratching hurts cuts harms starve starving injure injuring
    """,
    "CUT": "cut cutting slit slitting slice slicing slash cuts burn burning scratch scratching",
    "SELF_HARM_WORD": "selfharm selfharmed selfharming",
    "BODY": "wrist wrists arm arms thigh thighs leg legs skin",
    "BLADE": "knife blade razor razors razorblade blades knives boxcutter",
    "MEANS": "gun rope noose bleach pistol rifle",
    "PILLS": "pills pill meds tablets paracetamol tylenol ibuprofen medication painkillers",
    "HEIGHT": "roof bridge building rooftop window balcony cliff ledge",
    "JUMP": "jump jumping",
    "TIRED": "tired sick done exhausted over hate hating",
    "HITS": """
        hits hit beats beat slaps slapped punches punched kicks kicked chokes choked strangled
        abuses abused abusing beating
        hitting burned whips whipped belts smacks shoves shoved hurts
    """,
    "TOUCH": "touched touches touching groped gropes grabbed molested molests raped rapes fondled",
    "RAPE": "raped molested groped assaulted",
    "KILL_OTHER": "kill stab shoot murder hurt strangle poison",
    "VICTIM": """
        him her them everyone everybody people someone you u dad mom teacher teachers classmates
        bully bullies kids students
        brother sister stepdad school
    """,
    "ADULT": "adult adults counselor counsellor grownup counselors counsellors",
    "CARE": """
        care miss notice better happier cry sad relieved notices cared missed easier bother
        matter funeral
    """,
    "NOBODY": "nobody noone one everyone they anyone who people",
    "GONE": "died die gone dead disappeared disappear vanished killed exist",
    "HABIT": "started start been keep kept back still relapsed want wanna stop",
    "CUT_ELSE": """
        class classes corners hair paper back down out off my the school it sugar carbs people
        ties weight contact costs onions
        vegetables
    """,
    "FORCE_ME": """
        forced forces forcing pressured pressures threatening threatened threatens
        blackmails blackmailing blackmailed
    """,
    "SEXUAL": "sex nudes naked touch undress strip kiss pics pictures photos photo nude",
}

PHRASES = {
    "SUICIDE": """
        KILL SELF|OTHERS_SELF
        KILL my self
        SUICIDE_WORD
        commit|committing|committed|comit suicide|sucide
        HANG SELF|OTHERS_SELF
        END my|his|her|their|your|own|the ..1 LIFE
        END my|his|her|their own? lives
        ending|end it all|tonight|now|today|soon|there
        ending|end everything|things|myself|herself|himself
        end the? pain|suffering for|forever|permanently
        JUMP off|from|out|in|into ..2 HEIGHT|river|train
        JUMP in ..1 front
        throw|throwing SELF ..1 off|in|under|from
        slit|slitting|slash ..1 wrists|wrist|throat
        overdose|overdosing|od|ods|overdosed
        take|taking ..2 all ..2 PILLS
        swallow|swallowing ..3 PILLS
        blow|blowing my ..1 brains|head
    """,
    "WANTS": """
        WISH ..1 to?
        SHALL
        AIM ..1 to
        feel|feeling|feels like
        thinking about|of
    """,
    "DIES": """
        die !laughing|laugh|of|for|alone|hard|trying|from|hair|my|hearing|watching|seeing
        be|was|were|am|being dead
        dead !tired|serious|line|last|end|inside|wrong
        disappear|vanish forever|completely|from|and|permanently
        disappear
        cease to? exist|exist
        stop existing|living|breathing
        be gone !from|by
        be with ..3 again|heaven
        go to? sleep ..2 never|not wake
        fall asleep ..2 never|not wake
    """,
    "SOON": """
        NOW
        DAY THIS
        this|on ..1 DAY
        after|before school|class
        next week|month
    """,
    "NOMORE": "anymore|any|longer",
    "DENIES": "DONT|not|never|no|cant|can't|cannot|wont|won't",
}

EVERYDAY = """
        the and to of in that it is was for on are as with they at be this have from or one had by
        but not what all were we when
        your can said there use an each which she do how their if will up other about out many then
        them these so some her would make like him into time has look two more write go see number
        no way could people my than
        first been call who its now find long down day did get come made may part over new take only
        little work know place year live me back give most very after thing our just name good man
        think say great where help
        through much before line right too mean old any same tell boy follow came want show also
        around form
        three small set put end does another well large must big even such because turn here why
        ask went men read need land
        different home us move try kind hand picture again change off play spell air away animal
        house point
        page letter mother answer found study still learn should world feel feels feeling felt
        school friend friends skill
        skilled skills killer killers diet died audience studied soldier soldiers deadline
        deadlines cute cutie cutting haircut
        lives lived life alive killjoy myself yourself really actually though because cause cuz bc
        lunch dinner class teacher
        mom dad sis bro brother sister sad cry crying tired happy love hate lonely alone
    """
